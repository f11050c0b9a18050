using Messaging.Storage;
using Messaging.Testing.Stores.Cases;

namespace Messaging.Testing.Stores;

/// <summary>A store that does not do what <see cref="IMessageStore"/> demands, found by a case of the <see cref="StoreSpecification"/>.</summary>
/// <remarks>The message names the case, what was looked at, what was expected and found, and the demand. The inner exception is the
/// store's own where it threw one that it must not throw there; otherwise its stack shows the place in the case.</remarks>
public sealed class SpecificationException : Exception
{
    internal SpecificationException(StoreCase broken, ExpectationException found)
        : this(broken, $"expected {found.Subject} to be {found.Expected}, but found {found.Actual}", found.Expected, found.Actual, found)
    {
    }

    internal SpecificationException(StoreCase broken, Exception thrown)
        : this(broken, $"the store threw an exception that it must not throw there. {Text(thrown)}", "no exception", Text(thrown), thrown)
    {
    }

    private SpecificationException(StoreCase broken, string what, string expected, string actual, Exception innerException)
        : base($"{broken.Name}: {what}{Environment.NewLine}The contract demands: {broken.Demand}", innerException)
    {
        Case = broken.Name;
        Demand = broken.Demand;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>Gets the name of the case.</summary>
    public string Case { get; }

    /// <summary>Gets the sentence of the contract that is broken.</summary>
    public string Demand { get; }

    /// <summary>Gets what was expected, as text.</summary>
    public string Expected { get; }

    /// <summary>Gets what was found instead, as text.</summary>
    public string Actual { get; }

    private static string Text(Exception thrown) => $"{thrown.GetType().Name}: {thrown.Message}";
}
