namespace Messaging.Testing.Faults;

/// <summary>A test that has planned faults which did not strike: it has not shown what it was written for.</summary>
public sealed class FaultsNotHitException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The rules in words, and how often what they wait for has happened.</param>
    /// <param name="rules">The rules.</param>
    public FaultsNotHitException(string message, IReadOnlyList<FaultRule> rules)
        : base(message) =>
        Rules = rules;

    /// <summary>Gets the rules that did not strike.</summary>
    public IReadOnlyList<FaultRule> Rules { get; }
}
