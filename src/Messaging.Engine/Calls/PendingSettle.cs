using Messaging.Logs;

namespace Messaging.Calls;

/// <summary>A consumer that waits for the commit of what it said of a delivery.</summary>
internal sealed class PendingSettle : PendingCall<Settlement>
{
    private Settlement _settlement;

    public void Begin(Settlement settlement) => _settlement = settlement;

    public override void Succeed(ReadOnlySpan<PendingAppend> appends) => SetResult(_settlement);

    protected override void Forget()
    {
        // There is nothing that would keep anything alive.
    }
}
