using Messaging.Diagnostics;
using Messaging.Testing.Histories;
using Messaging.Testing.Workloads.Clients;

namespace Messaging.Testing.Workloads;

/// <summary>The clients of one opened broker, from its opening to its end.</summary>
internal sealed class Life(Workload workload, Teller teller, IMessageBroker broker, int number) : IDisposable
{
    // What was begun before the end was noticed may go on for a while, and ask for it.
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _death = new();
    private volatile bool _isDead;
    private int _clients;

    public IMessageBroker Broker => broker;

    public WorkloadOptions Options => workload.Options;

    public Workload Workload => workload;

    public long Now => teller.Now;

    /// <summary>Gets a token that is cancelled when the life ends.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Gets its number among all lives, from 1.</summary>
    public int Number => number;

    /// <summary>Gets a value indicating whether nobody is to begin anything.</summary>
    public bool IsOver => _ending.Task.IsCompleted || _isDead;

    public bool IsDead => _isDead;

    public bool HasFailed { get; private set; }

    /// <summary>Completes when the life ends by a crash.</summary>
    public Task Death => _death.Task;

    public string NameFor(int client, int count) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{Options.Prefix}{number}-{client}-{count}");

    public Random RandomFor(int client) => new(unchecked((Options.Seed * 1_000_003) + (number * 7_919) + client));

    public int NextClient() => ++_clients;

    /// <summary>Begins a step, if there is one left to be taken.</summary>
    public bool TryBegin()
    {
        if (IsOver)
        {
            return false;
        }

        if (workload.TryTakeStep())
        {
            return true;
        }

        Stop();
        return false;
    }

    /// <summary>Tells of an event, unless the process that would tell of it is dead.</summary>
    public void Tell(HistoryEvent happened) => teller.Tell(happened, this);

    /// <summary>Ends the life in good order: what was begun is finished.</summary>
    public void Stop() => _ending.TrySetResult();

    /// <summary>Ends it as the death of the process does: nothing more is told.</summary>
    public void Die(HistoryEvent crash)
    {
        teller.Tell(crash, this);
        _isDead = true;
        Stop();
        _death.TrySetResult();
    }

    /// <summary>Says whether an exception is one that a broker may throw, and what it tells of the call that threw it.</summary>
    public bool Explains(Exception exception, out HistoryOutcome outcome)
    {
        (bool isExplained, outcome) = exception switch
        {
            StoreOutcomeUnknownException => (true, HistoryOutcome.Unknown),
            StoreException or QueueFullException or ObjectDisposedException => (true, HistoryOutcome.Failed),
            OperationCanceledException => (IsOver, HistoryOutcome.Unknown),
            _ => (false, HistoryOutcome.Unknown),
        };
        if (exception is StoreException { MustReopen: true })
        {
            HasFailed = true;
            Stop();
        }
        else if (exception is ObjectDisposedException)
        {
            Stop();
        }

        return isExplained || _isDead;
    }

    public bool Explains(Exception exception) => Explains(exception, out _);

    /// <summary>Lets a client think.</summary>
    public ValueTask PauseAsync(Random random) =>
        random.Next(2) == 0 ? ValueTask.CompletedTask : DelayAsync(random.DrawTime(Options.LongestPause));

    /// <summary>Waits for a time, or the end.</summary>
    public async ValueTask DelayAsync(TimeSpan by)
    {
        if (by > TimeSpan.Zero)
        {
            await Task.Delay(by, workload.Time, End).ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
        }
    }

    /// <summary>Lets clients work until all of them have ended.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        using CancellationTokenRegistration registration = end.UnsafeRegister(static life => ((Life)life!).Stop(), this);
        Task cancelling = CancelAtEndAsync();
        try
        {
            if (await PrepareAsync().ConfigureAwait(WorkContext.IsCurrent) is { } clients)
            {
                await Task.WhenAll(clients.Select(RunAsync)).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        finally
        {
            Stop();
            await cancelling.ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    public void Dispose() => _end.Dispose();

    private async Task RunAsync(IClient client)
    {
        // Each in a piece of work of its own from the beginning.
        await Task.Yield();
        try
        {
            await client.RunAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (Explains(exception))
        {
            // The broker is gone, and the life with it.
            Stop();
        }
        catch
        {
            Stop();
            throw;
        }
    }

    // Apart from who notices the end: what waits goes on in the call that cancels.
    public async Task CancelAtEndAsync()
    {
        await WorkContext.Of(_ending.Task).ConfigureAwait(WorkContext.IsCurrent);
        await Task.Yield();
        await WorkContext.CancelAsync(_end).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Declares what there is, and makes the clients; none if the broker fails.</summary>
    private async Task<List<IClient>?> PrepareAsync()
    {
        try
        {
            IQueue[] queues = [.. Places.Queues.Select(name => Places.OpenQueue(broker, name, Options))];
            ITopic[] topics = [.. Places.Topics.Select(name => Places.OpenTopic(broker, name, Options))];
            List<ISubscription> subscriptions = [.. queues];
            foreach ((string Name, string Pattern, string[] Topics) place in Places.Subscriptions)
            {
                subscriptions.Add(await SubscribeAsync(place).ConfigureAwait(WorkContext.IsCurrent));
            }

            (string Name, IProducer<string> Producer)[] destinations =
                [(queues[0].Name, queues[0].Producer<string>()), (topics[0].Name, topics[0].Producer<string>()),
                (queues[1].Name, queues[1].Producer<string>()), (topics[1].Name, topics[1].Producer<string>())];
            return MakeClients(destinations, subscriptions);
        }
        catch (Exception exception) when (Explains(exception))
        {
            return null;
        }
    }

    /// <summary>Subscribes, and tells of it for each topic that it draws from.</summary>
    public async ValueTask<ISubscription> SubscribeAsync((string Name, string Pattern, string[] Topics) place)
    {
        ISubscription subscription = await Places.SubscribeAsync(broker, place, Options).ConfigureAwait(WorkContext.IsCurrent);
        foreach (string topic in place.Topics)
        {
            Tell(new HistoryEvent { Operation = HistoryOperation.Subscribe, Destination = topic, Subscription = place.Name });
        }

        return subscription;
    }

    private List<IClient> MakeClients((string Name, IProducer<string> Producer)[] destinations, List<ISubscription> subscriptions)
    {
        List<IClient> clients = [new RepeatingClient(this, destinations, NextClient())];
        for (int i = 0; i < Options.Senders; i++)
        {
            (string name, IProducer<string> producer) = destinations[i % destinations.Length];
            clients.Add(new SendingClient(this, producer, name, NextClient()));
        }

        for (int i = 0; i < Options.Takers; i++)
        {
            clients.Add(new TakingClient(this, subscriptions[i % subscriptions.Count], NextClient()));
        }

        for (int i = 0; i < Options.Handlers; i++)
        {
            clients.Add(new HandlingClient(this, subscriptions[^((i % subscriptions.Count) + 1)], NextClient()));
        }

        if (Options.Upkeep)
        {
            clients.Add(new UpkeepClient(this, subscriptions, NextClient()));
        }

        return clients;
    }
}
