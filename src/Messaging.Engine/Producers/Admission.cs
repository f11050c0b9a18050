using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Producers;

/// <summary>The bounds that a send to one destination has to pass: the destination's own, and the backlog limits of the subscriptions that read its log.</summary>
/// <remarks>All or none: who does not get into one of them holds no room in the others while it waits, since that room
/// may be somebody's who sends to another topic.</remarks>
internal sealed class Admission : IRoomMaker
{
    private const long LookAfter = 2 * TimeSpan.TicksPerMillisecond;

    private readonly MessageLog _log;
    private readonly Subscription? _queue;
    private readonly Gate _own;
    private readonly BrokerClock _clock;
    private readonly Alarm _alarm;

    /// <param name="context">What the parts of the broker share.</param>
    /// <param name="log">The destination's log, which has a bound.</param>
    /// <param name="queue">A queue's subscription; <see langword="null"/> for a topic, whose oldest message nobody can drop for all.</param>
    public Admission(BrokerContext context, MessageLog log, Subscription? queue)
    {
        _log = log;
        _queue = queue;
        _own = log.Bound!.Gate;
        _clock = context.Clock;
        _alarm = context.Scheduler.CreateAlarm(OnAlarm, log.Name);
    }

    public long Capacity
    {
        set => _own.Capacity = value;
    }

    public FullMode FullMode
    {
        set => _own.FullMode = value;
    }

    /// <summary>Counts what recovery found, or what enters without asking.</summary>
    public void Add(long count) => _own.Add(count);

    /// <summary>Enters if there is room now, nobody has waited longer, and there is no subscription with a limit.</summary>
    public bool TryEnter(int count) => _log.Backlogs.Length == 0 && _own.TryEnter(count);

    /// <summary>Enters, by the modes of those who are full.</summary>
    /// <param name="count">The number of messages.</param>
    /// <param name="bytes">Their size together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The room that was taken, to be handed on with the messages.</returns>
    /// <exception cref="QueueFullException">One refuses, or never has that much room.</exception>
    public ValueTask<RoomTicket> EnterAsync(int count, long bytes, CancellationToken cancellationToken) =>
        TryEnter(count) || count == 0 ? default : WaitAsync(count, bytes, cancellationToken);

    /// <summary>Ends all waiting.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Close(Exception cause) => _own.Close(cause);

    void IRoomMaker.FindRoom() => _log.LookForRoom();

    /// <summary>Has consumers settle as it suits them, and a look made if that takes longer than a sender should notice.</summary>
    void IRoomMaker.FindRoomSoon()
    {
        if (!_clock.IsReal)
        {
            _log.LookForRoom();
        }
        else if (!_own.IsLookDue)
        {
            _own.IsLookDue = true;
            _alarm.SetNoLaterThan(DueTime.After(_clock.Now, LookAfter));
        }
    }

    bool IRoomMaker.TryDropOldest() => _queue is not null && _queue.Parts.Limiter.TryDropOldest();

    private void OnAlarm(long now)
    {
        // From here on an ack looks by itself if a sender waits, so that nobody has to look again and again where nothing goes on.
        _own.IsLookDue = false;
        _log.LookForRoom();
        _own.LetIn();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RoomTicket> WaitAsync(int count, long bytes, CancellationToken cancellationToken)
    {
        if (_log.Backlogs.Length == 0)
        {
            await _own.EnterAsync(count, this, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return default;
        }

        GateStep held = default;
        while (true)
        {
            // Subscriptions come and go while a sender waits.
            Backlog[] backlogs = _log.Backlogs;
            if (Array.Find(backlogs, backlog => backlog.CannotMakeRoom(count, bytes)) is { } stuck)
            {
                held.Gate?.Leave(held.Amount);
                throw stuck.Refusal(_log.Name, full: null);
            }

            if (GateStep.TryEnterAll(GateStep.AllOf(_own, backlogs, count, bytes), held, out GateStep full))
            {
                return new RoomTicket(backlogs);
            }

            if (full.Of is { } backlog && (backlog.Limit.Action == BacklogAction.Refuse || full.Amount > full.Gate.Capacity))
            {
                throw backlog.Refusal(_log.Name, full.Gate);
            }

            await full.Gate.EnterAsync(full.Amount, full.Of is null ? this : null, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            held = full;
        }
    }
}
