namespace Messaging.Testing.Following;

/// <summary>A loop of code under test: the deliveries that it holds count as work until they are settled, but while it waits.</summary>
/// <remarks>
/// It begins in the method that first receives or waits, and spreads to what that calls, not to its callers. If a helper receives, its caller has the
/// deliveries, and so has a worker that got them over a channel. Whoever settles them shows who has them. Until the flow itself has done so, it does not
/// count while another flow waits that began after the receipt and receives nothing: that one may have them.
/// </remarks>
internal sealed class FollowedFlow(FollowedCode code, WorkCount count, Lock gate) : Activity(count, gate)
{
    // Guarded by the gate.
    private int _held;
    private long _heldSince;
    private long _begunAt;
    private bool _receives;
    private bool _settles;
    private bool _handsOut;

    public override FollowedCode? Code => code;

    /// <summary>Gets when it waited first; 0 if it has not, or receives by itself.</summary>
    public long BegunAtLocked => _receives ? 0 : _begunAt;

    protected override bool RunsLocked =>
        !code.IsAbandoned && _held > 0 && Waits == 0 && (_settles || !code.HasWaitLocked(this, _handsOut ? 0 : _heldSince));

    /// <summary>Notes that it receives by itself.</summary>
    public void Receive()
    {
        lock (Gate)
        {
            _receives = true;
        }
    }

    public void Hold(in DeliveryName delivery)
    {
        lock (Gate)
        {
            NameLocked(delivery);
            if (_held++ == 0)
            {
                _heldSince = code.NextLocked();
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
            bool isOwn = Current == this;
            _settles |= isOwn;
            _handsOut |= !isOwn;
            RecountLocked();
        }
    }

    protected override void ChangeWaitsLocked(int by)
    {
        if (_begunAt == 0)
        {
            _begunAt = code.NextLocked();
        }

        base.ChangeWaitsLocked(by);
        code.ChangeFlowWaitsLocked(this, by, Waits > 0);
    }
}
