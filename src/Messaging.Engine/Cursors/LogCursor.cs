using System.Buffers;
using System.Diagnostics;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>A subscription's position in one log: its state, with what was read ahead for it and what it takes of the backlog.</summary>
internal sealed class LogCursor(IStateOwner owner, MessageLog log, CursorState state)
    : StoredReader(owner, log, state.HeldFrom, state.KeptFrom, !state.IsSuspended)
{
    // A copy of so many ranges is worth one message more.
    private const int RangesAMessage = 256;

    // Used by the writer's thread only, with the owner's guard.
    private readonly ArrayBufferWriter<byte> _encoded = new(32);
    private long _copiedAt;

    // Guarded by the owner.
    public CursorState State => state;

    public ReadAhead Ahead { get; } = new();

    public BacklogShare Share { get; } = new();

    /// <summary>Gets or sets the number below which deliveries wait until the store knows that they have begun.</summary>
    public long MarkBelow { get; set; }

    /// <summary>Gets or sets the number from which messages that pass by are counted.</summary>
    public long MissedFrom { get; set; }

    /// <summary>Gets a value indicating whether the log is the subscription's own, for what is redriven to it: it is collected always.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Gets the number after the last message that the cursor collects.</summary>
    public long End => Math.Min(Log.End, state.SuspendedAt);

    /// <summary>Gets the number of messages that were never in anybody's hands. Without the owner's guard it is a moment old.</summary>
    public long Fresh => End - state.Next;

    /// <summary>Gets the number of messages that the cursor collects and that are not settled.</summary>
    public long Unsettled => End - state.Floor - state.AckedAbove;

    /// <summary>Shows to the log from where on the state holds it. Called by the owner with its guard.</summary>
    public void ShowFloor()
    {
        if (!state.IsSuspended)
        {
            ShowHeldFrom(state.HeldFrom);
        }
    }

    /// <summary>Takes what a suspension keeps out of the log's memory.</summary>
    public void KeepAside()
    {
        for (long sequence = Math.Max(state.Next, Ahead.End); sequence < state.SuspendedAt; sequence++)
        {
            bool found = Log.TryGet(sequence, out Record record);
            Debug.Assert(found || state.IsSettled(sequence), "A log in memory has let go of a message that is needed.");
            if (found)
            {
                Ahead.Records.Enqueue((sequence, record.Detach()));
            }
        }
    }

    /// <summary>Notes that messages cannot be read.</summary>
    /// <returns>How many of them are needed and were not noted before.</returns>
    public long NoteDamaged(long first, long last) => Ahead.NoteDamaged(state, first, last);

    /// <summary>Writes the state for the store, into memory that is used again by the next writing. Called by the owner with its guard.</summary>
    public StoreCursor EncodeFor(int subscription, ReadOnlySpan<KeyValuePair<long, RetryCounts>> started, long activity)
    {
        NoteWritten(state.KeptFrom);
        HasSettledMuch = state.SettledAbove - _copiedAt >= Math.Max(Log.Progress.WorthALook, state.Acked.RangeCount / RangesAMessage);
        _encoded.ResetWrittenCount();
        CursorCodec.Write(_encoded, state, started, activity);
        CrashPoint.Reached(CrashPoint.StateEncoded);
        return new StoreCursor(subscription, Log.Id, _encoded.WrittenMemory);
    }

    /// <summary>Copies what the state has settled. Called by the owner with its guard.</summary>
    public void CopySettledTo(List<(long First, long Last)> output)
    {
        HasSettledMuch = false;
        _copiedAt = state.SettledAbove;
        output.Add((0, state.Floor - 1));
        foreach ((long First, long Last) range in state.Acked)
        {
            output.Add(range);
        }

        if (Log.End > state.SuspendedAt)
        {
            // What passes by is not needed, up to what is there now.
            output.Add((state.SuspendedAt, Log.End - 1));
        }
    }
}
