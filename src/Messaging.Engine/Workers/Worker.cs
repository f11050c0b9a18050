using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Workers;

/// <summary>A running handler: as many loops as may run at once, each taking, calling and settling.</summary>
internal sealed class Worker<T> : ITrackedWorker, IDisposable
{
    private readonly BrokerContext _context;
    private readonly Subscription _subscription;
    private readonly HandlerOptions _options;
    private readonly ConsumerPort _port;
    private readonly HandlerContext _ambient;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WorkerLoops _loops;
    private readonly LoopBody<T> _body;
    private readonly RunOnce _stopped = new();

    public Worker(
        BrokerContext context, Subscription subscription, Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _options = options;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        _ambient = new HandlerContext(this, context);
        _loops = new WorkerLoops(context, subscription.Name, options);
        var calls = new HandlerCalls<T>(context, subscription, handler, options.AckMode, _ambient, _stopping);
        var intake = new LoopIntake<T>(context, subscription, _port, options, _loops, calls, _ambient, _stopping);
        _body = new LoopBody<T>(context, subscription, _loops, intake, _ambient, _stopping);
        subscription.Parts.Consumers.Open(_port);
    }

    public int Running => _loops.Running;

    public int Overdue => _loops.Overdue;

    public bool IsStopped => _stopped.IsDone;

    /// <summary>Starts the loops. One that was stopped before ends at once.</summary>
    public void Start() => _ambient.Run(
        static worker =>
        {
            var self = (Worker<T>)worker!;
            foreach (WorkerLoop loop in self._loops.All)
            {
                _ = self._body.RunAsync(loop);
            }
        },
        this);

    /// <summary>Gives up a worker that was never started.</summary>
    public void Abandon() => _subscription.Parts.Consumers.Close(_port);

    public ValueTask DisposeAsync() => _stopped.RunAsync(
        StopAsync, HandlerContext.IsWithin(this), exception => EngineLog.StopFailed(_context.Logger, exception, $"worker of '{_subscription.Name}'"));

    /// <summary>For containers, which refuse to end without it.</summary>
    public void Dispose() => BlockingDisposal.Of(DisposeAsync);

    public override string ToString() => $"{TypeName.Of("Handler", typeof(T))} of '{_subscription.Name}'";

    private async Task StopAsync()
    {
        await WorkContext.CancelAsync(_stopping).ConfigureAwait(WorkContext.IsCurrent);
        Task timeUp = _context.Scheduler.DelayAsync(_options.ShutdownTimeout, out Alarm alarm);
        await Task.WhenAny(WorkContext.Of(_loops.Ended), WorkContext.Of(timeUp)).ConfigureAwait(WorkContext.IsCurrent);
        alarm.Clear();
        foreach (WorkerLoop loop in _loops.All)
        {
            if (loop.Call is { } call)
            {
                _subscription.Parts.Settling.CancelLost(call);
            }
        }

        // A call that ends at its cancellation settles nothing: its message returns with the port's other leases.
        _subscription.Parts.Consumers.Close(_port);
        if (_context.Writer is { } writer)
        {
            // Nobody waited for the acks of the handler; whoever disposes it may rely on them.
            await writer.FlushAsync().ConfigureAwait(WorkContext.IsCurrent);
        }

        _ambient.End();
    }
}
