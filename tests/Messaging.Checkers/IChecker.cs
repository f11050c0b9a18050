namespace Messaging.Checkers;

/// <summary>One invariant that a history is held against.</summary>
public interface IChecker
{
    /// <summary>Gets its number: I1 to I13.</summary>
    string Id { get; }

    /// <summary>Finds what contradicts it, in about n log n steps.</summary>
    IEnumerable<Violation> Check(History history);
}
