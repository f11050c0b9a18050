using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Scheduling;

namespace Messaging.Workers;

/// <summary>The loops of a worker as others see them: how many calls run, how many of them are over their time, and when all loops have ended.</summary>
internal sealed class WorkerLoops
{
    private readonly BrokerContext _context;
    private readonly string _subscription;
    private readonly HandlerOptions _options;
    private readonly WorkerLoop[] _loops;
    private readonly Alarm _alarm;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;

    // The delivery numbers of the calls that were logged as overdue. Used by the alarm only, which rings on one thread at a time.
    private readonly long[] _reported;

    public WorkerLoops(BrokerContext context, string subscription, HandlerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _options = options;
        _loops = [.. Enumerable.Range(0, options.Concurrency).Select(static _ => new WorkerLoop())];
        _reported = new long[options.Concurrency];
        _left = options.Concurrency;
        _alarm = context.Scheduler.CreateAlarm(OnAlarm);
    }

    public IReadOnlyList<WorkerLoop> All => _loops;

    public int Running => _loops.Count(static loop => loop.IsCalling);

    /// <summary>Gets the number of calls that have run for longer than they may.</summary>
    public int Overdue
    {
        get
        {
            long now = _context.Clock.Now;
            return _loops.Count(loop => loop.TryRead(out RunningCall call) && call.Until <= now);
        }
    }

    /// <summary>Gets a task that completes when all loops have ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Has a call checked when its time is over. The call was begun before, and a full fence stands in between.</summary>
    public void Watch(long until) => _alarm.SetNoLaterThan(until);

    /// <summary>Notes the end of a loop.</summary>
    public void OnEnded()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _alarm.Clear();
            _ended.TrySetResult();
        }
    }

    /// <summary>Logs each call that is over its time, once.</summary>
    private void OnAlarm(long now)
    {
        long next = long.MaxValue;
        for (int i = 0; i < _loops.Length; i++)
        {
            if (!_loops[i].TryRead(out RunningCall call) || call.Number == _reported[i])
            {
                continue;
            }

            if (call.Until > now)
            {
                next = Math.Min(next, call.Until);
                continue;
            }

            _reported[i] = call.Number;
            EngineLog.CallOverdue(
                _context.Logger,
                _subscription,
                call.Sequence,
                call.MessageId,
                call.Destination,
                _options.MaxProcessingTime,
                Overdue,
                _options.Concurrency);
        }

        if (next != long.MaxValue)
        {
            _alarm.SetNoLaterThan(next);
        }
    }
}
