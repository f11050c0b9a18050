using System.Diagnostics;
using System.Globalization;
using System.Text;
using Messaging.Diagnostics;
using Messaging.Testing.Observing;

namespace Messaging.Testing.Running;

/// <summary>A watchdog in real time: fails waits with <see cref="NotAtRestException"/> when no work was done for the hang limit.</summary>
/// <remarks>Real time decides about nothing else: as long as work is done, everybody waits on. A hang ends after the limit, and at the latest after one
/// and a quarter of it.</remarks>
internal sealed class RestWatch : IDisposable
{
    private const long MostSteps = 50_000_000;

    // A hang may begin right after a look: it ends within the limit and one interval more.
    private const int LooksPerLimit = 8;

    private readonly SerialWork _work;
    private readonly ObservationRecorder _recorder;
    private readonly TimeSpan _limit;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedWait> _waits = [];
    private bool _isLooking;
    private bool _ended;
    private long _seen = -1;
    private long _blockedAt = -1;
    private long _lookedAt;
    private TimeSpan _watched;
    private TimeSpan _changedAt;

    /// <param name="work">The queue.</param>
    /// <param name="recorder">Knows the histories for the explanation.</param>
    /// <param name="limit">How long nothing may happen.</param>
    /// <param name="time">The real time; another one in tests of the watchdog.</param>
    public RestWatch(SerialWork work, ObservationRecorder recorder, TimeSpan limit, TimeProvider? time = null)
    {
        _work = work;
        _recorder = recorder;
        _limit = limit;
        _interval = TimeSpan.FromTicks((limit.Ticks + LooksPerLimit - 1) / LooksPerLimit);
        _time = time ?? TimeProvider.System;
        _timer = CleanContext.Get(() => _time.CreateTimer(
            static watch => ((RestWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Gets or sets what tells which user code runs at this moment, or blocks its thread.</summary>
    public Func<List<ActivityState>> Busy { get; set; } = static () => [];

    /// <summary>Gets a value indicating whether the one thread of all was found blocked, and still is.</summary>
    public bool IsBlocked
    {
        get
        {
            lock (_gate)
            {
                return _work.IsBusy && _blockedAt == _work.Steps;
            }
        }
    }

    /// <summary>Watches a wait until it ends.</summary>
    /// <param name="task">What ends it.</param>
    /// <param name="needsRest">Whether it is a wait for rest. Any other one is in vain only while the one thread of all is blocked.</param>
    /// <param name="isFollowed">Whether what follows the wait runs where the task ends, because it is counted there.</param>
    public Task<T> Watch<T>(Task<T> task, bool needsRest, bool isFollowed = false)
    {
        if (task.IsCompleted)
        {
            return task;
        }

        var watched = new TaskCompletionSource<T>(isFollowed ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        var wait = new WatchedWait(exception => watched.TrySetException(exception), needsRest, _work.Steps);
        lock (_gate)
        {
            if (_ended && needsRest)
            {
                return Task.FromException<T>(new ObjectDisposedException(nameof(TestBroker)));
            }

            _waits.Add(wait);
            if (!_isLooking)
            {
                // Nobody waited before: what happens is told from now on.
                _seen = wait.Steps;
                _changedAt = _watched;
                wait.SeenAt = _watched;
                LookLaterLocked();
            }
        }

        // At once, where the task ends: whoever looks then sees that the wait has ended, too.
        task.ContinueWith(
            ended =>
            {
                lock (_gate)
                {
                    _waits.Remove(wait);
                }

                watched.TrySetFromTask(ended);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return watched.Task;
    }

    /// <summary>Ends the waits for rest, which no longer comes. Calls of the broker that are under way are watched until they end.</summary>
    public void Dispose()
    {
        WatchedWait[] inVain;
        lock (_gate)
        {
            _ended = true;
            inVain = [.. _waits.Where(static wait => wait.NeedsRest)];
        }

        foreach (WatchedWait wait in inVain)
        {
            wait.Fail(new ObjectDisposedException(nameof(TestBroker)));
        }
    }

    // One look at a time: looks that a busy thread pool makes late must not follow on each other.
    private void LookLaterLocked()
    {
        _isLooking = true;
        _lookedAt = _time.GetTimestamp();
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        long steps = _work.Steps;
        WatchedWait[] waits;
        TimeSpan now;
        TimeSpan changedAt;
        bool isBlocked;
        lock (_gate)
        {
            // A look that is late says that the whole process had no time: no more than one interval counts.
            TimeSpan passed = _time.GetElapsedTime(_lookedAt);
            _watched += passed < _interval ? passed : _interval;
            now = _watched;

            // Whoever looks at a handler in a debugger takes the time that it takes.
            if (steps != _seen || Debugger.IsAttached)
            {
                _changedAt = now;
            }

            _seen = steps;
            changedAt = _changedAt;
            isBlocked = now - changedAt >= _limit && _work.IsBusy;
            _blockedAt = isBlocked ? steps : -1;
            waits = [.. _waits];
        }

        foreach (WatchedWait wait in waits)
        {
            // One that began since the last look counts from this look on.
            TimeSpan since = wait.SeenAt ??= now;
            if (now - (since > changedAt ? since : changedAt) >= _limit && (wait.NeedsRest || isBlocked))
            {
                End(wait, Explain(isBlocked));
            }
            else if (wait.NeedsRest && steps - wait.Steps > MostSteps)
            {
                End(wait, $"The broker does not come to rest: {steps - wait.Steps:N0} pieces of work were done, and there are always more. {Last()}");
            }
        }

        lock (_gate)
        {
            _isLooking = false;
            if (_waits.Count > 0)
            {
                LookLaterLocked();
            }
        }
    }

    private void End(WatchedWait wait, string why)
    {
        lock (_gate)
        {
            _waits.Remove(wait);
        }

        wait.Fail(new NotAtRestException(why));
    }

    private string Explain(bool isBlocked)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The broker has not come to rest, and nothing has happened for {_limit.TotalSeconds:0.###} s of real time. ");
        List<ActivityState> busy = Busy();
        foreach (ActivityState state in busy)
        {
            text.Append(CultureInfo.InvariantCulture, $"{state.Name} ");
            text.Append(state.IsBlocking
                ? "blocks its thread until something ends that can only go on in this thread: await it instead of Wait() or Result. "
                : "has not returned, and waits neither for virtual time nor for the broker. ");
            if (state.IsLeftBehind)
            {
                text.Append("If its loop has ended, let it dispose its consumer or settle the delivery. ");
            }
        }

        IEnumerable<MessageId> messages = busy.Where(static state => state.Delivery is not null).Select(static state => state.Delivery!.Value.MessageId);
        if (busy.Exists(static state => state.IsRunnable))
        {
            text.Append("If it waits for what the test does later, let it wait with TestBroker.WaitForAsync; if it blocks its thread, everything waits for it. ");
            text.Append("A limit on its time, as by Task.WaitAsync or a CancellationTokenSource, is no wait for virtual time: what it limits may be running.");
        }
        else if (busy.Count == 0 && isBlocked)
        {
            text.Append("A callback that the broker or the clock has called, or the logger, blocks its thread. A logger may call the broker, but not wait for it here.");
        }
        else if (busy.Count == 0 && _work.Outside > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{_work.Outside:N0} pieces of work run elsewhere: tasks of TestBroker.Track, or commits or reads of the store.");
        }
        else if (busy.Count == 0)
        {
            // Only what stops handlers is watched although there is rest.
            text.Append("It is being stopped, and waits for handlers that wait for virtual time. Move the clock meanwhile, or let the TestBroker be disposed first.");
            messages = _recorder.FindOpen().Select(delivered => delivered.MessageId);
        }

        foreach (MessageId id in messages.Distinct())
        {
            text.AppendLine().Append(_recorder.Tell(id).TrimEnd());
        }

        return text.ToString();
    }

    /// <summary>Tells the history of the message that was seen last.</summary>
    public string Last() => _recorder.All().LastOrDefault(static seen => seen.MessageId != default) is { } last ? _recorder.Tell(last.MessageId) : "";
}
