using System.Buffers.Binary;
using Messaging.Storage;

namespace Messaging.Records;

/// <summary>What a store keeps of the clocks: how far the wall clock is ahead of the broker's time.</summary>
/// <remarks>It lies where the cursor of subscription 0 in log 0 would, which do not exist: so any store keeps it, in the commit with everything
/// else. A store that has none was never told of a step.</remarks>
internal static class ClockNote
{
    private const int Nobody = 0;

    public static StoreCursor Write(long wallOffset)
    {
        byte[] state = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(state, wallOffset);
        return new StoreCursor(Nobody, Nobody, state);
    }

    public static bool IsOne(in StoreCursor cursor) => cursor is { Subscription: Nobody, Log: Nobody };

    /// <summary>Reads the note among what a store holds; 0 if there is none.</summary>
    public static long Read(IEnumerable<StoreCursor> cursors)
    {
        foreach (StoreCursor cursor in cursors)
        {
            if (IsOne(cursor) && cursor.State.Length == sizeof(long))
            {
                return BinaryPrimitives.ReadInt64LittleEndian(cursor.State.Span);
            }
        }

        return 0;
    }
}
