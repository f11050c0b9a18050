using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>A contradiction between a history and an invariant.</summary>
/// <param name="Invariant">The invariant, by its number, I1 to I13 for instance.</param>
/// <param name="Subject">The message, subscription or batch that it is about.</param>
/// <param name="Why">What contradicts what, as a sentence.</param>
/// <param name="Events">The events that show it.</param>
public sealed record Violation(string Invariant, string Subject, string Why, params IReadOnlyList<HistoryEvent> Events)
{
    /// <summary>Gets the invariant, the subject and the reason in one line, and a line for each event.</summary>
    public override string ToString() =>
        Events.Aggregate($"{Invariant} {Subject}: {Why}", (text, happened) => $"{text}{Environment.NewLine}    {happened}");
}
