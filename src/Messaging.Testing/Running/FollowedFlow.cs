namespace Messaging.Testing.Running;

/// <summary>A loop of code under test: the deliveries that it holds count as work until they are settled, but while it waits.</summary>
/// <remarks>
/// It begins in the method that first receives or waits, and spreads to what that calls, not to its callers. If a helper receives, its caller shows
/// later what it is: when it settles a delivery it is this flow, and when it waits before that, it is a flow of its own that has this one's deliveries.
/// </remarks>
internal sealed class FollowedFlow(FollowedCode code, SerialWork work, Lock gate) : Activity(work, gate)
{
    // Guarded by the gate.
    private int _held;
    private bool _isKnown;
    private bool _hasWaited;
    private FollowedFlow? _holder;

    public override FollowedCode? Code => code;

    protected override bool RunsLocked =>
        code.HasEnded && !code.IsAbandoned && _held > 0 && Waits == 0 && (_holder is null || _holder.Waits == 0);

    public void Hold(in DeliveryName delivery)
    {
        lock (Gate)
        {
            NameLocked(delivery);
            if (_held++ == 0)
            {
                code.HoldLocked(this, holds: true);
            }

            RecountLocked();
        }
    }

    /// <summary>Notes that a delivery is settled, or its lease has ended.</summary>
    public void Release()
    {
        lock (Gate)
        {
            if (--_held == 0)
            {
                code.HoldLocked(this, holds: false);
            }

            RecountLocked();
        }
    }

    /// <summary>Notes that the caller settles one of its deliveries.</summary>
    public void Settle()
    {
        if (Current == code)
        {
            Current = this;
        }

        lock (Gate)
        {
            _isKnown |= Current == this;
            _holder = _isKnown ? null : _holder;
            RecountLocked();
        }
    }

    /// <summary>Notes that another flow waits for the first time: if nobody knows who has this one's deliveries, it is that one.</summary>
    public void LeaveToLocked(FollowedFlow holder)
    {
        if (!_isKnown && Waits == 0 && holder != this)
        {
            _holder = holder;
        }
    }

    protected override void ChangeWaitsLocked(int by)
    {
        if (!_hasWaited)
        {
            _hasWaited = true;
            code.LeaveHeldLocked(this);
        }

        base.ChangeWaitsLocked(by);
        code.ChangeFlowWaitsLocked(by);
    }
}
