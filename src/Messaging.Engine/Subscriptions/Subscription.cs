using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logging;
using Messaging.Redelivery;
using Messaging.Scheduling;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>The shared place of competing consumers: the door over its parts, their one lock, and the hand-over of messages.</summary>
/// <remarks>
/// Whoever changes the <see cref="State"/> decides: <see cref="Decide"/> takes the lock, and what follows without it is collected in the
/// <see cref="Aftermath"/>. Taking and acknowledging take no lock; what they did is settled by the next decision that asks for it. No user code, no I/O and no
/// other lock under the lock.
/// </remarks>
internal sealed class Subscription
{
    private readonly Lock _gate = new();
    private readonly DispatchBuffer _buffer;
    private readonly LeaseTable _leases;
    private readonly Demand _demand;

    public Subscription(BrokerContext context, int id, string name, DeadLetterLog deadLetters, SubscriptionOptions options)
    {
        Context = context;
        Id = id;
        Name = name;
        Options = options;
        DeadLetters = deadLetters;
        _buffer = new DispatchBuffer(context.Clock);
        var backlog = new StoredBacklog(this);
        State = new SubscriptionState(name, _buffer, backlog, context.Clock.Now);
        Parts = new SubscriptionParts(this, backlog, _buffer);
        Alarm = context.Scheduler.CreateAlarm(Parts.Failing.OnAlarm, name);
        _leases = State.InHand.Leases;
        _demand = State.Demand;
        State.Fresh.MaxOutOfOrder = options.MaxOutOfOrder;
        State.Keeper.Set(Parts.Limiter.LimitOf(options));
    }

    public BrokerContext Context { get; }

    public int Id { get; }

    public string Name { get; }

    public SubscriptionOptions Options { get; private set; }

    public DeadLetterLog DeadLetters { get; }

    /// <summary>Gets what the lock guards. To be read and changed in a decision, but for what says otherwise.</summary>
    public SubscriptionState State { get; }

    /// <summary>Gets the alarm of leases, delays and limits.</summary>
    public Alarm Alarm { get; }

    /// <summary>Gets what changes the state for those outside.</summary>
    public SubscriptionParts Parts { get; }

    /// <summary>Gets a value indicating whether deliveries have ended for good.</summary>
    public bool IsShut => State.Availability.IsClosed;

    /// <summary>Gets the failure of the store that has ended deliveries, if there was one.</summary>
    public StoreException? Failure => State.Availability.Failure;

    /// <summary>Takes the lock for one decision. The end of the <c>using</c> leaves it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An aftermath is large: it is made where it is used.
    public Aftermath Decide()
    {
        _gate.Enter();
        State.AssertInvariants();
        return new Aftermath(this);
    }

    /// <summary>Takes the lock for a look at the state, or for a change that leaves nothing to do without it. The end of the <c>using</c> leaves it.</summary>
    public Guard Hold()
    {
        _gate.Enter();
        State.AssertInvariants();
        return new Guard(this);
    }

    /// <summary>Ends a decision: hands out what it made ready, and leaves the lock. For <see cref="Aftermath"/> and <see cref="Guard"/> only.</summary>
    internal void Leave()
    {
        bool settlesSoon = false;
        try
        {
            settlesSoon = _demand.End(State.Intake);
        }
        finally
        {
            _gate.Exit();
        }

        if (settlesSoon)
        {
            Context.Work.Enter();
            Context.Work.Run(Parts.Settling.Soon);
        }
    }

    /// <summary>Puts options in force. <see cref="BacklogLimiter.Check"/> follows, without the topology's lock.</summary>
    public void Apply(SubscriptionOptions options)
    {
        Options = options;
        Parts.Limiter.Apply(options);
        using Guard guard = Hold();
        State.Fresh.MaxOutOfOrder = options.MaxOutOfOrder;
        _demand.Ask();
    }

    /// <summary>Takes a message out of the buffer for a consumer, which looks at it and then has it granted.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    public bool TryReserve(ConsumerPort port, out long number)
    {
        while (_buffer.TryRead(out number) || TryRefill(out number))
        {
            // Of a message that has never failed, no policy is asked.
            bool exhausted = _leases.Show(number).Item.Failures > 0 && MayGrant(port) && Parts.Failing.IsExhausted(port, _leases.Show(number).Item);
            if (!exhausted && MayGrant(port))
            {
                return true;
            }

            if (!TakeBack(port, number, exhausted))
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Shows a message that is reserved. Granted, its slot is somebody else's as soon as the lease ends.</summary>
    public ref readonly Lease Show(long number) => ref _leases.Show(number);

    /// <summary>Hands a reserved message over.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    /// <param name="now">The time from which the lease lasts; see <see cref="BrokerClock.NowFor"/>.</param>
    /// <param name="processing">How long the lease renews itself, in ticks; 0 for not at all.</param>
    /// <param name="lost">What to cancel when the lease is lost.</param>
    /// <returns>Whether the consumer has the message. Otherwise it has gone.</returns>
    /// <remarks>It is a full fence between what the caller wrote before and what it reads after.</remarks>
    public bool TryGrant(ConsumerPort port, long number, long now, long processing, CancellationTokenSource? lost)
    {
        // A lease and a call last for days at the most, so no sum comes near the last time there is.
        long deadline = now + port.Leases.Duration;
        LogCursor cursor = _leases.Grant(number, port.Leases, deadline, processing == 0 ? 0 : now + processing, lost);
        Alarm.SetNoLaterThan(deadline);
        Context.MarkLazily(cursor, Durability.Process);
        if (_demand.IsHungry)
        {
            // Another consumer is parked, and saw this message as one that it may still get.
            SettleAcks(serves: true);
        }

        if (port.IsClosed && Parts.Returning.TryReturn(number))
        {
            return false;
        }

        if (State.Keeper.Limit is { IsOverAge: true })
        {
            // The oldest that nobody holds is another one now.
            Parts.Limiter.Check();
        }

        return true;
    }

    /// <summary>Begins to wait until there may be a message: false when there will be none any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        using (Aftermath after = Decide())
        {
            after.SettleAcks(whole: true);
            _buffer.ForgetWake();
            _demand.Park();
            _demand.Serve(State.Intake);
            if (_demand.IsFull && long.IsPow2(++State.Counters.HeldBack))
            {
                // A consumer waits beside a backlog: somebody will wonder why. Often enough to be seen, and not a line for each.
                after.Log(HeldBackLine(State.Counters.HeldBack));
            }
        }

        return Context.Work.Wake(_buffer.WaitAsync(cancellationToken));
    }

    /// <summary>Ends a lease of this opening, if it is held. In a decision only.</summary>
    public bool TryRelease(DeliveryToken token, out Lease lease)
    {
        lease = default;
        return token.Epoch == Context.Epoch && _leases.TryRelease(token.Number, out lease);
    }

    /// <summary>Settles what was acknowledged so far.</summary>
    /// <param name="serves">Whether to fill the buffer too.</param>
    public void SettleAcks(bool serves = false)
    {
        using Aftermath after = Decide();
        after.SettleAcks(whole: true);
        if (serves)
        {
            _demand.Ask();
        }
    }

    /// <summary>Fills the empty buffer, and reads from it.</summary>
    private bool TryRefill(out long number)
    {
        // A short scan stops at the first untaken slot and may miss acks behind it; scan all if that leaves no room.
        for (bool whole = false; ; whole = true)
        {
            bool isHidden;
            _buffer.Pace.LetSendersGetAhead();
            using (Aftermath after = Decide())
            {
                after.SettleAcks(whole);
                _demand.Serve(State.Intake);
                _buffer.Pace.Note(_leases.Offered, State.Fresh.Only);
                isHidden = !whole && !State.Intake.HasRoom;
            }

            if (_buffer.TryRead(out number))
            {
                return true;
            }

            if (!isHidden)
            {
                return false;
            }
        }
    }

    private bool MayGrant(ConsumerPort port) => !_demand.IsStopped && !port.IsClosed;

    /// <summary>Takes a message back whose number was read, and that cannot be handed over.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    /// <param name="exhausted">Whether it is given up.</param>
    /// <returns>Whether the consumer may take another one.</returns>
    private bool TakeBack(ConsumerPort port, long number, bool exhausted)
    {
        Move move;
        using (Guard guard = Hold())
        {
            Buffered item = _leases.TakeBack(number);
            if (!MayGrant(port) || !exhausted)
            {
                // Another consumer may be parked for it.
                State.InHand.Redelivery.Return(item);
                _demand.Ask();
                return MayGrant(port);
            }

            move = State.InHand.BeginMove(item);
        }

        // Its process died as often as it may fail, or it failed so often while there was no room for it: it is not handed over again.
        Parts.DeadLettering.GiveUpExhausted(move);
        return true;
    }

    private Action<LogQueue> HeldBackLine(long count) => logger => EngineLog.HeldBack(logger, Name, Options.MaxOutOfOrder, count);
}
