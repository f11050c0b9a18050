using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>A handler that throws now and then. Its acks are not waited for by anybody, so their outcome stays open.</summary>
internal static class FlakyHandler
{
    public static IWorker Start(ISubscription subscription, int client, int seed)
    {
        var random = new Random(seed);
        var gate = new Lock();
        return subscription.Handle<string>(
            async (delivery, _) =>
            {
                // The lease is renewed while the handler runs, so no time ends it.
                Narrator.Tell(Deliveries.Describe(delivery, subscription.Name, client, HistoryOperation.Deliver, HistoryOutcome.Ok, 0));
                int kind;
                lock (gate)
                {
                    kind = random.Next(100);
                }

                if (kind % 2 == 0)
                {
                    await Task.Yield();
                }

                HistoryOperation operation = kind < 12 ? HistoryOperation.Nack : HistoryOperation.Ack;
                Narrator.Tell(Deliveries.Describe(delivery, subscription.Name, client, operation, HistoryOutcome.Invoked, 0));
                if (operation == HistoryOperation.Nack)
                {
                    throw new InvalidOperationException("The workload has this handler fail.");
                }
            },
            new HandlerOptions { Concurrency = 2, Prefetch = 32 });
    }
}
