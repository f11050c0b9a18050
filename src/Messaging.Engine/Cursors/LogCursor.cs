using System.Buffers;
using Messaging.Bounds;
using Messaging.Diagnostics;
using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>A subscription's place in one log, with what was read ahead for it from the store.</summary>
internal sealed class LogCursor(ICursorOwner owner, MessageLog log, CursorState state) : ILogReader
{
    // A copy of so many ranges is worth one message more.
    private const int RangesAMessage = 256;

    private long _floor = state.BoundFrom;
    private long _storedFloor = state.NeededFrom;
    private long _passedFloor;
    private Backlog? _backlog;
    private bool _isSuspended = state.IsSuspended;

    // Written under the writer's lock, read without it: what the state's next writing survives, plus one; 0 when none is due.
    private int _marked;

    // The numbers that could not be read so far, so that each is told and counted once. Guarded by the owner.
    private readonly RangeSet _damaged = new();

    // Used by the writer's thread only, with the owner's guard.
    private readonly ArrayBufferWriter<byte> _encoded = new(32);
    private long _copiedAt;

    public MessageLog Log => log;

    // Guarded by the owner.
    public CursorState State => state;

    /// <summary>Records read from the store, in order, the next one first; without a store, those kept aside by a suspension.</summary>
    public Queue<(long Sequence, Record Record)> ReadAhead { get; } = new();

    /// <summary>Whether a read from the store is under way.</summary>
    public bool IsReading { get; set; }

    /// <summary>Whether the last read from the store failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the place was lost with its row in the store: it begins at the oldest record that is there.</summary>
    public bool BeginsAtOldest { get; set; }

    /// <summary>Deliveries of messages below this number wait until the store knows that they have begun.</summary>
    public long MarkBelow { get; set; }

    /// <summary>Gets or sets the bound that settled messages leave; <see langword="null"/> for no limit.</summary>
    public Backlog? Limit { get; set; }

    /// <summary>The number from which messages count with their own size in the bound; those before count with an estimate.</summary>
    public long MeasuredFrom { get; set; }

    /// <summary>The estimate.</summary>
    public long EstimatedSize { get; set; }

    /// <summary>Messages that are on their way to the dead letters and have left the bound already.</summary>
    public int Leaving { get; set; }

    /// <summary>The number from which messages that pass by are counted.</summary>
    public long MissedFrom { get; set; }

    /// <summary>Whether the log is the subscription's own, for what is redriven to it: it is collected always.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Gets the number after the last message that the cursor collects.</summary>
    public long End => Math.Min(log.End, state.SuspendedAt);

    /// <summary>Gets the number of messages that were never in anybody's hands. Without the owner's guard it is a moment old.</summary>
    public long Fresh => End - state.Next;

    /// <summary>Gets the size of a message in the bound.</summary>
    public long SizeOf(long sequence, long size) => sequence < MeasuredFrom ? EstimatedSize : size;

    // Guarded by the writer.
    public CommitGroup? QueuedIn { get; set; }

    /// <summary>Tells whether a writing of the state is due anyway that survives this.</summary>
    /// <remarks>To be asked after the state was changed under its guard: the writer forgets the mark before it takes that
    /// guard to write the state, so whoever still sees the mark is written.</remarks>
    public bool IsMarked(Durability durability) => Volatile.Read(ref _marked) > (int)durability;

    public void NoteMarked(Durability durability) => Volatile.Write(ref _marked, Math.Max(_marked, (int)durability + 1));

    public void NoteTaken(CommitGroup group)
    {
        Volatile.Write(ref _marked, 0);
        if (QueuedIn == group)
        {
            // An idle reader holds no group.
            QueuedIn = null;
        }
    }

    public long Floor => Volatile.Read(ref _floor);

    public long PassedFloor
    {
        get => Volatile.Read(ref _passedFloor);
        set => Volatile.Write(ref _passedFloor, value);
    }

    public long StoredFloor => Volatile.Read(ref _storedFloor);

    public bool IsStored => log.Writer is not null;

    // Used by the writer's thread only.
    public bool HasSettledMuch { get; private set; }

    public bool Collects => !Volatile.Read(ref _isSuspended);

    public Backlog? Backlog => Collects ? Volatile.Read(ref _backlog) : null;

    /// <summary>Shows the bound to the log, which counts new messages in it from its next look on.</summary>
    public void ShowLimit(Backlog? backlog) => Volatile.Write(ref _backlog, backlog);

    public void ShowStart(long sequence)
    {
        Volatile.Write(ref _floor, sequence);
        // After a suspension, what was kept is still needed.
        Volatile.Write(ref _storedFloor, Collects ? sequence : Math.Min(_storedFloor, sequence));
        Volatile.Write(ref _passedFloor, 0);
        Volatile.Write(ref _isSuspended, false);
    }

    /// <summary>Shows that nothing new is collected or pinned. Called by the owner with its guard, after its state was suspended.</summary>
    public void ShowSuspension()
    {
        Volatile.Write(ref _isSuspended, true);
        Volatile.Write(ref _floor, long.MaxValue);
    }

    public void Start(long sequence) => owner.OnStarted(this, sequence);

    /// <summary>Notes that messages cannot be read.</summary>
    /// <returns>How many of them are needed and were not noted before.</returns>
    public long NoteDamaged(long first, long last)
    {
        long count = 0;
        foreach ((long from, long to) in _damaged.HolesIn(first, last))
        {
            foreach ((long missing, long end) in state.UnsettledIn(from, to))
            {
                _damaged.AddRange(missing, end);
                count += end - missing + 1;
            }
        }

        return count;
    }

    /// <summary>Shows the state's floor to the log. Called by the owner with its guard.</summary>
    public void ShowFloor()
    {
        if (!state.IsSuspended)
        {
            Volatile.Write(ref _floor, state.BoundFrom);
        }
    }

    /// <summary>Writes the state for the store, into memory that is used again by the next writing. Called by the owner with its guard.</summary>
    public StoreCursor EncodeFor(int subscription, ReadOnlySpan<KeyValuePair<long, RetryCounts>> started, long activity)
    {
        Volatile.Write(ref _storedFloor, state.NeededFrom);
        HasSettledMuch = state.SettledAbove - _copiedAt >= Math.Max(log.WorthALook, state.Acked.RangeCount / RangesAMessage);
        _encoded.ResetWrittenCount();
        CursorCodec.Write(_encoded, state, started, activity);
        CrashPoint.Reached(CrashPoint.StateEncoded);
        return new StoreCursor(subscription, log.Id, _encoded.WrittenMemory);
    }

    public void CopySettled(List<(long First, long Last)> output) => owner.CopySettled(this, output);

    /// <summary>Copies what the state has settled. Called by the owner with its guard.</summary>
    public void CopySettledFrom(List<(long First, long Last)> output)
    {
        HasSettledMuch = false;
        _copiedAt = state.SettledAbove;
        output.Add((0, state.Floor - 1));
        foreach ((long First, long Last) range in state.Acked)
        {
            output.Add(range);
        }

        if (log.End > state.SuspendedAt)
        {
            // What passes by is not needed, up to what is there now.
            output.Add((state.SuspendedAt, log.End - 1));
        }
    }

    public void Look() => owner.Look();

    public void OnAppended() => owner.OnAppended();

    public void OnMoved(long sequence) => owner.OnMoved(this, sequence);

    public void OnMovePublished() => owner.OnMovePublished();

    public bool IsSettled(long sequence) => owner.IsSettled(this, sequence);

    public StoreCursor Encode() => owner.Encode(this);
}
