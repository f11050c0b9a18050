using Messaging.Bounds;
using Messaging.Storage;

namespace Messaging.Engine.Tests.Storage;

/// <summary>A reader whose place the test moves, and which counts how often the log looks at it.</summary>
internal sealed class CountedReader(MessageLog log) : ILogReader
{
    private long _floor = 1;

    public int Looks { get; private set; }

    public MessageLog Log => log;

    public CommitGroup? QueuedIn { get; set; }

    public long Floor
    {
        get
        {
            Looks++;
            return _floor;
        }
    }

    public long PassedFloor { get; set; }

    public long StoredFloor => _floor;

    public bool Collects => true;

    public Backlog? Backlog => null;

    public bool HasSettledMuch => false;

    /// <summary>Settles all below a number, and tells the log.</summary>
    public void MoveTo(long floor)
    {
        _floor = floor;
        log.OnFloor(this, exact: false);
    }

    public void NoteMarked(Durability durability)
    {
    }

    public void NoteTaken(CommitGroup group)
    {
    }

    public void ShowStart(long sequence) => _floor = sequence;

    public void Start(long sequence)
    {
    }

    public void Look()
    {
    }

    /// <summary>Gets or sets what is done when the log has grown.</summary>
    public Action? Appended { get; set; }

    public void OnAppended() => Appended?.Invoke();

    public void OnMoved(long sequence)
    {
    }

    public void OnMovePublished()
    {
    }

    public bool IsSettled(long sequence) => sequence < _floor;

    public void CopySettled(List<(long First, long Last)> output)
    {
    }

    public StoreCursor Encode() => default;
}
