using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>A subscription's place in one log, with what was read ahead for it from the store.</summary>
internal sealed class LogCursor(ICursorOwner owner, MessageLog log, CursorState state) : ILogReader
{
    private long _floor = state.Floor;
    private long _storedFloor = state.Floor;
    private long _triedFloor;

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

    public long Floor => Volatile.Read(ref _floor);

    public long TriedFloor
    {
        get => Volatile.Read(ref _triedFloor);
        set => Volatile.Write(ref _triedFloor, value);
    }

    public long StoredFloor => Volatile.Read(ref _storedFloor);

    public bool IsStored => log.Writer is not null;

    public void ShowStart(long sequence)
    {
        Volatile.Write(ref _floor, sequence);
        Volatile.Write(ref _storedFloor, sequence);
    }

    public void Start(long sequence) => owner.OnStarted(this, sequence);

    /// <summary>Shows the state's floor to the log. Called by the owner with its guard.</summary>
    public void ShowFloor() => Volatile.Write(ref _floor, state.Floor);

    /// <summary>Notes the floor that was written for the store. Called by the owner with its guard.</summary>
    public void NoteStoredFloor() => Volatile.Write(ref _storedFloor, state.Floor);

    public void OnAppended() => owner.OnAppended();

    public void OnMoved(long sequence) => owner.OnMoved(this, sequence);

    public StoreCursor Encode() => owner.Encode(this);
}
