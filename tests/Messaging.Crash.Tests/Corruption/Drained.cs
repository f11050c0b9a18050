using Messaging.Storage;
using Messaging.Testing;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>What one life on a damaged file gave: everything that could be taken, and everything that was told of the rest.</summary>
internal sealed class Drained
{
    /// <summary>Gets what was seen.</summary>
    public HashSet<Holding> Seen { get; } = [];

    /// <summary>Gets the contradictions that need no comparison: wrong bodies, and messages seen twice.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Gets the damage told at the opening.</summary>
    public IReadOnlyList<StoreDamage> Told { get; private set; } = [];

    /// <summary>Gets for each subscription the number of damaged messages that it told of.</summary>
    public Dictionary<string, long> Damaged { get; } = [];

    /// <summary>Gets what was refused while the broker was open, by subscription.</summary>
    public Dictionary<string, StoreException> Refused { get; } = [];

    /// <summary>Gets what the broker logged.</summary>
    public KeptLog Log { get; } = new();

    /// <summary>Gets a value indicating whether nothing at all was told of any damage.</summary>
    public bool IsSilent => Told.Count == 0 && Refused.Count == 0 && Damaged.Values.All(count => count == 0);

    /// <summary>Gets how many damaged messages a subscription told of.</summary>
    public long DamagedOf(string subscription) => Damaged.GetValueOrDefault(subscription);

    /// <summary>Opens a store, takes and acks all that is there, now and later, and looks at the dead letters.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static async Task<Drained> RunAsync(WatchedStore store)
    {
        var drained = new Drained();
        var time = new VirtualTime();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = time, LoggerFactory = drained.Log });
        drained.Told = store.Damage;
        ISubscription[] subscriptions = [.. Filling.Queues.Select(name => broker.Queue(name)), .. broker.Subscriptions];
        foreach (ISubscription subscription in subscriptions)
        {
            await drained.TryAsync(subscription.Name, () => drained.TakeAsync(broker, subscription));
        }

        time.Advance(Filling.LongestWait);
        await broker.WhenIdleAsync();
        foreach (ISubscription subscription in subscriptions)
        {
            await drained.TryAsync(subscription.Name, () => drained.TakeAsync(broker, subscription));
            await drained.TryAsync(subscription.Name, () => drained.LookAtDeadAsync(subscription));
            await drained.TryAsync(subscription.Name, () => drained.ProbeAsync(broker, subscription));
            drained.Damaged[subscription.Name] = subscription.Statistics.Damaged;
        }

        return drained;
    }

    private async Task TryAsync(string subscription, Func<Task> what)
    {
        try
        {
            await what();
        }
        catch (StoreException exception)
        {
            Refused.TryAdd(subscription, exception);
        }
    }

    private async Task TakeAsync(MessageBroker broker, ISubscription subscription)
    {
        await using IConsumer<string> consumer = subscription.Consumer<string>();
        List<Task<Settlement>> acks = [];
        await broker.WhenIdleAsync();
        for (bool found = true; found;)
        {
            found = false;
            while (consumer.TryReceive(out Delivery<string> delivery))
            {
                found = true;
                See(subscription.Name, isDead: false, delivery.Body);
                acks.Add(delivery.AckAsync().AsTask());
            }

            await broker.WhenIdleAsync();
        }

        await Task.WhenAll(acks);
    }

    private async Task LookAtDeadAsync(ISubscription subscription)
    {
        await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
        {
            See(subscription.Name, isDead: true, letter.ReadBody<string>());
        }
    }

    /// <summary>Shows that a queue still works, if nothing blocks it.</summary>
    private async Task ProbeAsync(MessageBroker broker, ISubscription subscription)
    {
        if (subscription is not IQueue queue)
        {
            return;
        }

        const string Probe = "probe";
        await queue.Producer<string>().SendAsync(Probe);
        await using IConsumer<string> consumer = queue.Consumer<string>();
        await broker.WhenIdleAsync();
        bool came = consumer.TryReceive(out Delivery<string> delivery);
        if (came && delivery.Body != Probe)
        {
            See(queue.Name, isDead: false, delivery.Body);
        }
        else if (came)
        {
            await delivery.AckAsync();
        }
        else if (queue.Statistics.Damaged == 0)
        {
            Wrong.Add($"{queue.Name} does not deliver a new message, and tells of no damage");
        }
    }

    private void See(string subscription, bool isDead, string body)
    {
        if (NamedBody.NameIn(body) is not { } name)
        {
            Wrong.Add($"{subscription} {(isDead ? "keeps" : "delivered")} a wrong body: {body[..Math.Min(60, body.Length)]}");
        }
        else if (!Seen.Add(new Holding(subscription, isDead, name)))
        {
            Wrong.Add($"{subscription} {(isDead ? "keeps" : "delivered")} {name} twice");
        }
    }
}
