using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>One invariant that a history is held against.</summary>
public interface IChecker
{
    /// <summary>Gets its number: I1 to I13 for those of <see cref="Checker.All"/>.</summary>
    string Id { get; }

    /// <summary>Finds what contradicts it, in about n log n steps.</summary>
    /// <param name="history">The history. It must not grow meanwhile.</param>
    IEnumerable<Violation> Check(History history);
}
