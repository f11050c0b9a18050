using Messaging.Cursors;
using Messaging.Records;
using Messaging.Storage;

namespace Messaging.Lifecycle;

/// <summary>The cursors that a store holds, and the numbers of each log that were given to somebody.</summary>
internal sealed class RecoveredCursors
{
    private readonly Dictionary<(int Subscription, int Log), RecoveredCursor> _cursors = [];
    private readonly Dictionary<int, long> _lastSequences = [];

    public RecoveredCursors(StoreContents contents)
    {
        foreach (StoreCursor cursor in contents.Cursors)
        {
            if (ClockNote.IsOne(cursor))
            {
                continue;
            }

            CursorState state = CursorCodec.Read(cursor.State.Span, contents.ClosedCleanly, out long next, out long activity);
            _cursors[(cursor.Subscription, cursor.Log)] = new RecoveredCursor(state, next, activity);
            // A state that is written before its messages were all taken again has acked ranges above its next.
            Note(cursor.Log, Math.Max(Math.Max(state.Floor, next) - 1, state.Acked.LastOf(long.MaxValue)));
        }
    }

    /// <summary>Notes that a number of a log was given to somebody, so that it is not given again.</summary>
    public void Note(int log, long sequence) => _lastSequences[log] = Math.Max(_lastSequences.GetValueOrDefault(log), sequence);

    /// <summary>Gets the last number of a log that was given to somebody; 0 for none.</summary>
    public long LastOf(int log) => _lastSequences.GetValueOrDefault(log);

    public bool Contains(int subscription, int log) => _cursors.ContainsKey((subscription, log));

    /// <summary>Finds a cursor; one at the beginning of the log if there is none.</summary>
    public RecoveredCursor Find(int subscription, int log) =>
        _cursors.TryGetValue((subscription, log), out RecoveredCursor found) ? found : new RecoveredCursor(new CursorState(1), 1, 0);
}
