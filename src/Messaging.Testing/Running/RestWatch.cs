using System.Globalization;
using System.Text;
using Messaging.Testing.Observing;

namespace Messaging.Testing.Running;

/// <summary>Who looks, in real time, whether anything happens at all, and ends with an explanation the waits that would never end.</summary>
/// <remarks>Real time decides about nothing else: as long as work is done between two looks, everybody waits on.</remarks>
internal sealed class RestWatch : IDisposable
{
    private const long MostSteps = 50_000_000;

    private readonly SerialWork _work;
    private readonly ObservationRecorder _recorder;
    private readonly TimeSpan _limit;
    private readonly Timer _timer;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedWait> _waits = [];
    private long _seen = -1;

    public RestWatch(SerialWork work, ObservationRecorder recorder, TimeSpan limit)
    {
        _work = work;
        _recorder = recorder;
        _limit = limit;
        _timer = new Timer(static watch => ((RestWatch)watch!).Look(), this, limit, limit);
    }

    /// <summary>Gets or sets what tells which user code runs at this moment.</summary>
    public Func<List<DeliveryName>> Runnable { get; set; } = static () => [];

    /// <summary>Watches a wait until it ends.</summary>
    /// <param name="task">What ends it.</param>
    /// <param name="needsRest">Whether it is a wait for rest. Any other one is in vain only while the one thread of all is blocked.</param>
    public Task<T> Watch<T>(Task<T> task, bool needsRest)
    {
        if (task.IsCompleted)
        {
            return task;
        }

        var watched = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var wait = new WatchedWait(exception => watched.TrySetException(exception), needsRest, _work.Steps);
        lock (_gate)
        {
            _waits.Add(wait);
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

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long steps = _work.Steps;
        WatchedWait[] waits;
        bool stands;
        lock (_gate)
        {
            stands = steps == _seen;
            _seen = steps;
            waits = [.. _waits];
        }

        bool isBlocked = stands && _work.IsBusy;
        foreach (WatchedWait wait in waits)
        {
            // One that has just begun waits for the next look.
            if (stands && wait.WasSeen && (wait.NeedsRest || isBlocked))
            {
                wait.Fail(new NotAtRestException(Explain()));
            }
            else if (wait.NeedsRest && steps - wait.Steps > MostSteps)
            {
                wait.Fail(new NotAtRestException(
                    $"The broker does not come to rest: {steps - wait.Steps:N0} pieces of work were done, and there are always more. {Last()}"));
            }

            wait.WasSeen = true;
        }
    }

    private string Explain()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The broker has not come to rest, and nothing has happened for {_limit.TotalSeconds:0.###} s of real time. ");
        List<DeliveryName> runnable = Runnable();
        foreach (DeliveryName delivery in runnable)
        {
            text.Append(CultureInfo.InvariantCulture, $"The code that handles {delivery} has not returned, and waits neither for virtual time nor for the broker. ");
        }

        IEnumerable<MessageId> messages = runnable.Select(delivery => delivery.MessageId);
        if (runnable.Count > 0)
        {
            text.Append("If it waits for what the test does later, let it wait with TestBroker.WaitForAsync; if it blocks its thread, everything waits for it.");
        }
        else if (_work.Outside > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{_work.Outside:N0} commits or reads of the store are under way.");
        }
        else
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

    private string Last() => _recorder.Find(static seen => seen.MessageId != default) is [.., var last] ? _recorder.Tell(last.MessageId) : "";
}
