using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Producers;
using Messaging.Scheduling;
using Messaging.Subscriptions;
using Messaging.Topology;

namespace Messaging.Lifecycle;

/// <summary>The end of a broker: in order, or as the death of the process would be.</summary>
internal sealed class BrokerEnd(BrokerTopology topology)
{
    private static readonly TimeSpan _longestWaitForLog = TimeSpan.FromSeconds(1);

    private readonly BrokerContext _context = topology.Context;

    /// <summary>Stops the workers, then ends deliveries, returns what is unsettled, ends all waiting, and lets the store go.</summary>
    public async Task CloseAsync()
    {
        // A logger that disposes the broker does not wait for itself.
        bool waitsForLog = !_context.Logger.IsHere;
        try
        {
            await CloseTopologyAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            // Whatever went wrong before, the store is let go.
            await CloseStoreAsync(waitsForLog).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    /// <summary>Ends everything as the death of the process would: nothing more is delivered, confirmed, logged, or due.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Abandon(StoreException cause)
    {
        _context.Scheduler.Dispose();
        _context.Writer?.Abandon(cause);
        _context.Logger.Abandon();
        StoreFailure.End(topology, cause);
        topology.Workers.Close();
        foreach (Subscription subscription in topology.ListAll(closes: true).Subscriptions)
        {
            subscription.Parts.Control.Shut();
        }
    }

    /// <remarks>As long as handlers run, all is open but for new workers: what a handler sends, acks or reads is not refused for the closing. What
    /// waits for somebody who has stopped, for room for instance, ends with the time that its worker has for stopping.</remarks>
    private async Task CloseTopologyAsync()
    {
        IWorker[] workers = topology.Workers.Close();
        Task stopped = Task.WhenAll(workers.Select(worker => worker.DisposeAsync().AsTask()));
        await stopped.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
        (Subscription[] subscriptions, Destination[] destinations) = topology.ListAll(closes: true);
        topology.Scheduled.Stop();
        foreach (Destination destination in destinations)
        {
            destination.IsClosed = true;
            destination.Admission.Close(BrokerClosed.Exception());
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.Parts.Limiter.Close(BrokerClosed.Exception());
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.Parts.Control.Shut();
        }

        // What went wrong in the stop of a worker is said when all is closed.
        await stopped.ConfigureAwait(WorkContext.IsCurrent);
    }

    private async Task CloseStoreAsync(bool waitsForLog)
    {
        try
        {
            if (_context.Writer is { } writer)
            {
                await writer.StopAsync().ConfigureAwait(WorkContext.IsCurrent);
                await writer.Store.DisposeAsync().ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        finally
        {
            if (waitsForLog)
            {
                await WaitForLogAsync().ConfigureAwait(WorkContext.IsCurrent);
            }

            _context.Scheduler.Dispose();
        }
    }

    /// <summary>Waits until what was logged is written, but not for a logger that hangs.</summary>
    private async Task WaitForLogAsync()
    {
        Task written = _context.Logger.WhenWrittenAsync();
        if (!written.IsCompleted)
        {
            Task timeUp = _context.Scheduler.DelayAsync(_longestWaitForLog, out Alarm alarm);
            await Task.WhenAny(WorkContext.Of(written), timeUp).ConfigureAwait(WorkContext.IsCurrent);
            alarm.Clear();
        }
    }
}
