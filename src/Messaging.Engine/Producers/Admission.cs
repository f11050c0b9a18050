using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Producers;

/// <summary>The bounds that a send to one destination has to pass: the destination's own, and the backlog limits of the subscriptions that read its log.</summary>
/// <remarks>All or none: who does not get into one of them holds no room in the others while it waits, since that room
/// may be somebody's who sends to another topic.</remarks>
internal sealed class Admission
{
    private const long LookAfter = 2 * TimeSpan.TicksPerMillisecond;

    private readonly MessageLog _log;
    private readonly Gate _own;
    private readonly BrokerClock _clock;
    private readonly Alarm _alarm;

    public Admission(BrokerContext context, MessageLog log)
    {
        _log = log;
        _clock = context.Clock;
        _own = new Gate(log.Name) { LookForRoom = log.LookForRoom };
        log.Bound = _own;
        _alarm = context.Scheduler.CreateAlarm(OnAlarm, log.Name);
        if (_clock.IsReal)
        {
            _own.LookSoon = LookSoon;
        }

        log.Refused = () => Leave(1);
    }

    public long Capacity
    {
        set => _own.Capacity = value;
    }

    public FullMode FullMode
    {
        set => _own.FullMode = value;
    }

    /// <summary>Sets how to make room by dropping the oldest message.</summary>
    public Func<bool> DropOldest
    {
        set => _own.DropOldest = value;
    }

    /// <summary>Counts what recovery found, or what enters without asking.</summary>
    public void Add(long count) => _own.Add(count);

    /// <summary>Enters if there is room now, nobody has waited longer, and there is no subscription with a limit.</summary>
    public bool TryEnter(int count) => _log.Backlogs.Length == 0 && _own.TryEnter(count);

    /// <summary>Enters, by the modes of those who are full.</summary>
    /// <param name="count">The number of messages.</param>
    /// <param name="bytes">Their size together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The backlogs that were entered, to be handed on with the messages; <see langword="null"/> for none.</returns>
    /// <exception cref="QueueFullException">One refuses, or never has that much room.</exception>
    public ValueTask<Backlog[]?> EnterAsync(int count, long bytes, CancellationToken cancellationToken) =>
        TryEnter(count) || count == 0 ? default : WaitAsync(count, bytes, cancellationToken);

    /// <summary>Makes room in the destination itself, and lets waiting senders in.</summary>
    public void Leave(long count) => _own.Leave(count);

    /// <summary>Gives back the room of messages that were not sent after all.</summary>
    public void GiveBack(Backlog[]? entered, int count, long bytes)
    {
        _own.Leave(count);
        Backlog.GiveBack(entered, [], count, bytes);
    }

    /// <summary>Ends all waiting.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Close(Exception cause) => _own.Close(cause);

    /// <summary>Has consumers settle as it suits them, and a look made if that takes longer than a sender should notice.</summary>
    private void LookSoon()
    {
        if (!_own.IsLookDue)
        {
            _own.IsLookDue = true;
            _alarm.SetNoLaterThan(DueTime.After(_clock.Now, LookAfter));
        }
    }

    private void OnAlarm(long now)
    {
        // From here on an ack looks by itself if a sender waits, so that nobody has to look again and again where nothing goes on.
        _own.IsLookDue = false;
        _log.LookForRoom();
        _own.LetIn();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Backlog[]?> WaitAsync(int count, long bytes, CancellationToken cancellationToken)
    {
        if (_log.Backlogs.Length == 0)
        {
            await _own.EnterAsync(count, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return null;
        }

        Step held = default;
        while (true)
        {
            // Subscriptions come and go while a sender waits.
            Backlog[] backlogs = _log.Backlogs;
            if (Array.Find(backlogs, backlog => backlog.CannotMakeRoom(count, bytes)) is { } stuck)
            {
                held.Gate?.Leave(held.Amount);
                throw stuck.Refusal(_log.Name, full: null);
            }

            if (TryPass(StepsOf(backlogs, count, bytes), held, out Step full))
            {
                return backlogs;
            }

            if (full.Of is { } backlog && (backlog.Limit.Action == BacklogAction.Refuse || full.Amount > full.Gate.Capacity))
            {
                throw backlog.Refusal(_log.Name, full.Gate);
            }

            await full.Gate.EnterAsync(full.Amount, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            held = full;
        }
    }

    private Step[] StepsOf(Backlog[] backlogs, int count, long bytes)
    {
        var steps = new List<Step>(1 + (2 * backlogs.Length)) { new(_own, count, null) };
        foreach (Backlog backlog in backlogs)
        {
            if (backlog.Asks)
            {
                steps.Add(new Step(backlog.Messages, count, backlog));
                steps.Add(new Step(backlog.Bytes, bytes, backlog));
            }
        }

        return [.. steps];
    }

    /// <summary>Enters everywhere or nowhere.</summary>
    /// <param name="steps">The gates.</param>
    /// <param name="held">The one that was entered already, after waiting there.</param>
    /// <param name="full">The first one that has no room.</param>
    private static bool TryPass(Step[] steps, Step held, out Step full)
    {
        int passed = 0;
        while (passed < steps.Length && (steps[passed].Gate == held.Gate || steps[passed].Gate.TryEnter(steps[passed].Amount)))
        {
            passed++;
        }

        full = passed < steps.Length ? steps[passed] : default;
        bool all = passed == steps.Length;
        for (int i = 0; i < passed && !all; i++)
        {
            if (steps[i].Gate != held.Gate)
            {
                steps[i].Gate.Leave(steps[i].Amount);
            }
        }

        if (held.Gate is not null && (!all || !steps.Any(step => step.Gate == held.Gate)))
        {
            // Or its subscription has gone meanwhile.
            held.Gate.Leave(held.Amount);
        }

        return all;
    }

    private readonly record struct Step(Gate Gate, long Amount, Backlog? Of);
}
