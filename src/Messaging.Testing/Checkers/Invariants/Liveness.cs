using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I7, liveness: when the faults have stopped, everything is settled: nothing waits, is leased, scheduled or ready at rest.</summary>
/// <remarks>
/// <para>It needs a <see cref="HistoryOperation.Rest"/> whose note names <c>ready</c>, <c>leased</c>, <c>waiting</c> and <c>scheduled</c>,
/// after as much time as the workload takes to be enough; a <see cref="HistoryOperation.Found"/> after it is held against it, too.</para>
/// <para>It cannot see a history that never comes to rest: it says nothing about one.</para>
/// </remarks>
public sealed class Liveness : IChecker
{
    private static readonly string[] _undone = ["ready", "leased", "waiting", "scheduled"];

    /// <inheritdoc/>
    public string Id => "I7";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        bool rests = false;
        foreach (HistoryEvent happened in history.Events)
        {
            if (happened.Operation == HistoryOperation.Rest)
            {
                rests = true;
                Dictionary<string, long> numbers = NoteNumbers.Of(happened);
                foreach (string name in _undone.Where(name => numbers.GetValueOrDefault(name) != 0))
                {
                    yield return new Violation(Id, happened.Subscription, $"at rest, {numbers[name]} messages are still {name}", happened);
                }
            }
            else if (rests && happened.Operation == HistoryOperation.Found && _undone.Contains(happened.Note))
            {
                yield return new Violation(Id, happened.Message, $"at rest, it is still {happened.Note}", happened);
            }
        }
    }
}
