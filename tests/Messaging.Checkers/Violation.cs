namespace Messaging.Checkers;

/// <summary>A contradiction between a history and an invariant.</summary>
/// <param name="Invariant">The invariant, by its number: I1 to I13.</param>
/// <param name="Subject">The message, subscription or batch that it is about.</param>
/// <param name="Why">What contradicts what, as a sentence.</param>
/// <param name="Events">The events that show it.</param>
public sealed record Violation(string Invariant, string Subject, string Why, params IReadOnlyList<HistoryEvent> Events)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Events.Aggregate($"{Invariant} {Subject}: {Why}", (text, happened) => $"{text}{Environment.NewLine}    {happened}");
}
