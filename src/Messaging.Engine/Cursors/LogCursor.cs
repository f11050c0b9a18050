using System.Buffers;
using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>A subscription's place in one log, with what was read ahead for it from the store.</summary>
internal sealed class LogCursor(ICursorOwner owner, MessageLog log, CursorState state) : ILogReader
{
    // So many settled messages above the floor are worth a look at what every reader has settled.
    private const int SettledWorthACopy = 16_384;

    private long _floor = state.Floor;
    private long _storedFloor = state.Floor;
    private long _triedFloor;

    // Written under the writer's lock, read without it: what the state's next writing survives, plus one; 0 when none is due.
    private int _marked;

    // Used by the writer's thread only, with the owner's guard.
    private readonly ArrayBufferWriter<byte> _encoded = new(32);
    private long _copiedAt;

    public MessageLog Log => log;

    // Guarded by the owner.
    public CursorState State => state;

    /// <summary>Records read from the store, in order, the next one first.</summary>
    public Queue<StoreRecord> ReadAhead { get; } = new();

    /// <summary>Whether a read from the store is under way.</summary>
    public bool IsReading { get; set; }

    /// <summary>Deliveries of messages below this number wait until the store knows that they have begun.</summary>
    public long MarkBelow { get; set; }

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

    public long TriedFloor
    {
        get => Volatile.Read(ref _triedFloor);
        set => Volatile.Write(ref _triedFloor, value);
    }

    public long StoredFloor => Volatile.Read(ref _storedFloor);

    public bool IsStored => log.Writer is not null;

    // Used by the writer's thread only.
    public bool HasSettledMuch { get; private set; }

    public void ShowStart(long sequence)
    {
        Volatile.Write(ref _floor, sequence);
        Volatile.Write(ref _storedFloor, sequence);
    }

    public void Start(long sequence) => owner.OnStarted(this, sequence);

    /// <summary>Shows the state's floor to the log. Called by the owner with its guard.</summary>
    public void ShowFloor() => Volatile.Write(ref _floor, state.Floor);

    /// <summary>Writes the state for the store, into memory that is used again by the next writing. Called by the owner with its guard.</summary>
    public StoreCursor EncodeFor(int subscription, ReadOnlySpan<KeyValuePair<long, RetryCounts>> started)
    {
        Volatile.Write(ref _storedFloor, state.Floor);
        HasSettledMuch = state.SettledAbove - _copiedAt >= Math.Max(SettledWorthACopy, state.Acked.RangeCount);
        _encoded.ResetWrittenCount();
        CursorCodec.Write(_encoded, state, started);
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
    }

    public void OnAppended() => owner.OnAppended();

    public void OnMoved(long sequence) => owner.OnMoved(this, sequence);

    public StoreCursor Encode() => owner.Encode(this);
}
