using Messaging.Cursors;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>The owner of a cursor that nobody reads at: it is told of everything and does nothing.</summary>
internal sealed class SilentOwner : ICursorOwner
{
    public void OnStarted(LogCursor cursor, long sequence)
    {
    }

    public void OnAppended()
    {
    }

    public void Look()
    {
    }

    public void OnMoved(LogCursor cursor, long sequence)
    {
    }

    public void OnMovePublished()
    {
    }

    public bool IsSettled(LogCursor cursor, long sequence) => cursor.State.IsSettled(sequence);

    public void CopySettled(LogCursor cursor, List<(long First, long Last)> output)
    {
    }

    public StoreCursor Encode(LogCursor cursor) => throw new NotSupportedException("Nothing is stored here.");
}
