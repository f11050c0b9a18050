using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.State;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>The owner of a cursor that nobody reads at: it is told of everything, and copies and encodes what there is.</summary>
internal sealed class SilentOwner : IStateOwner, IStoredBacklog
{
    public void OnAppended()
    {
    }

    public void SettleAcks()
    {
    }

    public bool IsSettled(LogReader reader, long sequence) => ((LogCursor)reader).State.IsSettled(sequence);

    public void OnStarted(StoredReader reader, long sequence)
    {
    }

    public void OnMoved(StoredReader reader, long sequence)
    {
    }

    public void OnMovePublished()
    {
    }

    public void CopySettled(StoredReader reader, List<(long First, long Last)> output) => ((LogCursor)reader).CopySettledTo(output);

    public StoreCursor Encode(StoredReader reader) => ((LogCursor)reader).EncodeFor(1, [], 0);

    public void ReadAhead(LogCursor cursor, long sequence)
    {
    }

    public void Fetch(in Buffered item)
    {
    }
}
