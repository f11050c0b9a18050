using Messaging.Cursors;
using Messaging.Storage;

namespace Messaging.Engine.Tests.Cursors;

/// <summary>The owner of a cursor that nobody reads at: it is told of everything, and copies and encodes what there is.</summary>
internal sealed class SilentOwner : ICursorOwner
{
    public void OnStarted(LogCursor cursor, long sequence)
    {
    }

    public void Look()
    {
    }

    public void OnAppended()
    {
    }

    public void OnMoved(LogCursor cursor, long sequence)
    {
    }

    public void OnMovePublished()
    {
    }

    public bool IsSettled(LogCursor cursor, long sequence) => cursor.State.IsSettled(sequence);

    public void CopySettled(LogCursor cursor, List<(long First, long Last)> output) => cursor.CopySettledFrom(output);

    public StoreCursor Encode(LogCursor cursor) => cursor.EncodeFor(1, [], 0);
}
