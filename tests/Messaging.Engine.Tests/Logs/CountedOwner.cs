using Messaging.Groups;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Engine.Tests.Logs;

/// <summary>The owner of a reader whose position the test moves.</summary>
internal sealed class CountedOwner : IStateOwner
{
    public long Floor { get; set; } = 1;

    /// <summary>Gets or sets what is done when the log has grown.</summary>
    public Action? Appended { get; set; }

    public void OnAppended() => Appended?.Invoke();

    public void SettleAcks()
    {
    }

    public bool IsSettled(LogReader reader, long sequence) => sequence < Floor;

    public void OnStarted(StoredReader reader, long sequence)
    {
    }

    public void OnMoved(StoredReader reader, long sequence)
    {
    }

    public void OnMovePublished()
    {
    }

    public void CopySettled(StoredReader reader, List<(long First, long Last)> output)
    {
    }

    public StoreCursor Encode(StoredReader reader) => default;
}
