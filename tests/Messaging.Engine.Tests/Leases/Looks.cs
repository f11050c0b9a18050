using Messaging.Cursors;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Engine.Tests.Leases;

/// <summary>The settling of acks as the tests ask for it: one cursor's at a time.</summary>
internal static class Looks
{
    /// <summary>Settles what was acknowledged, of the first cursor that has something.</summary>
    public static (LogCursor? Cursor, long Count, bool More) Look(this SubscriptionState state, bool whole)
    {
        int slot = state.InHand.Leases.First;
        SettledRun run = state.SettleAcks(ref slot, whole);
        return (run.Cursor, run.Count, slot >= 0);
    }
}
