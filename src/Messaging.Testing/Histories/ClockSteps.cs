namespace Messaging.Testing.Histories;

/// <summary>The steps of the wall clock in a history, as far as no store can have noted them: they come to light at the next opening, as time that
/// has passed, or as time that comes again.</summary>
/// <remarks>A store has noted a step when a message is stored that was sent after it. A step while no process runs nobody sees, nor one before a
/// death that comes before the next commit.</remarks>
internal sealed class ClockSteps
{
    private readonly List<(long At, long By)> _unnoted = [];
    private readonly HashSet<string> _seen = [];
    private readonly Dictionary<string, long> _sent = [];
    private long _at;

    /// <summary>Gets how much time has passed for stores, at most, that has not, in ticks.</summary>
    public long Forward { get; private set; }

    /// <summary>Gets how much time comes again for stores, at most, in ticks.</summary>
    public long Back { get; private set; }

    /// <summary>Takes the next event.</summary>
    public void Add(HistoryEvent happened)
    {
        _at++;
        switch (happened)
        {
            case { Operation: HistoryOperation.SetClock }:
                _unnoted.Add((_at, happened.Due));
                break;
            case { Operation: HistoryOperation.Open }:
                Forward += _unnoted.Sum(step => Math.Max(0, step.By));
                Back += _unnoted.Sum(step => Math.Max(0, -step.By));
                _unnoted.Clear();
                break;
            case { Operation: HistoryOperation.Send, Outcome: HistoryOutcome.Invoked } when _seen.Add(happened.Message):
                // A send of one that was sent before may be confirmed without a commit.
                _sent.Add(happened.Message, _at);
                break;
            case { Operation: HistoryOperation.Send } when _sent.Remove(happened.Message, out long at) && happened is { Outcome: HistoryOutcome.Ok, Sequence: > 0 }:
                _unnoted.RemoveAll(step => step.At < at);
                break;
        }
    }
}
