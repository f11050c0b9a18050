using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>A client with a handler that returns, throws, or takes longer than its lease. Nobody waits for its acks, so their outcome stays open.</summary>
internal sealed class HandlingClient(Life life, ISubscription subscription, int client) : IClient
{
    private const int MostAtOnce = 3;
    private const int LongestRunInPauses = 10;

    private readonly Random _random = life.RandomFor(client);

    // The handler's own, since it may be called from several threads; guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Random _handlers = life.RandomFor(-client);

    public async Task RunAsync()
    {
        while (!life.IsOver)
        {
            IWorker worker = subscription.Handle<string>(
                HandleAsync,
                new HandlerOptions { Concurrency = _random.Next(1, MostAtOnce + 1), LeaseDuration = life.Options.Lease, Prefetch = _random.Next(1, 33) });
            try
            {
                await life.DelayAsync(TimeSpan.FromMilliseconds(1) + _random.DrawTime(life.Options.LongestPause * LongestRunInPauses)).ConfigureAwait(WorkContext.IsCurrent);
            }
            finally
            {
                await TakingClient.CloseAsync(life, worker, subscription.Name, client).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
    }

    private async ValueTask HandleAsync(Delivery<string> delivery, CancellationToken cancellationToken)
    {
        // The lease is renewed while the handler runs, so no time ends it.
        Tell(delivery, HistoryOperation.Deliver, HistoryOutcome.Ok);
        int kind;
        TimeSpan wait;
        bool begins = life.TryBegin();
        lock (_gate)
        {
            WorkloadShares shares = life.Options.Shares;
            kind = begins ? _handlers.Draw(shares.Return, shares.Throw, shares.TakeLong) : 0;
            wait = kind == 2 ? life.Options.Lease + _handlers.DrawTime(life.Options.Lease)
                : _handlers.Next(2) == 0 ? TimeSpan.Zero
                : _handlers.DrawTime(life.Options.LongestPause / 2);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, life.Workload.Time, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }

        Tell(delivery, kind == 1 ? HistoryOperation.Nack : HistoryOperation.Ack, HistoryOutcome.Invoked);
        if (kind == 1)
        {
            throw new InvalidOperationException("The workload has this handler fail.");
        }
    }

    private void Tell(in Delivery<string> delivery, HistoryOperation operation, HistoryOutcome outcome) =>
        life.Tell(Descriptions.Of(delivery, subscription.Name, client, operation, outcome, 0));
}
