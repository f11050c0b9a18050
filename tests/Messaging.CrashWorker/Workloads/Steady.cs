using Messaging.TestSupport;
using Messaging.Testing;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>A workload without chance, on virtual time and in one process: each part is a queue, and something that must come out exactly.</summary>
internal static class Steady
{
    private static readonly VirtualTime _time = new();
    private static readonly FaultyStore _store = new();

    public static async Task<int> RunAsync(string part)
    {
        Narrator.Use(_time);
        await using (MessageBroker broker = await OpenAsync())
        {
            await (part switch
            {
                "order" => SettleOutOfOrderAsync(broker),
                "retry" => RetryAsync(broker),
                "lease" => LetLeasesEndAsync(broker),
                "return" => ReturnAsync(broker),
                "refuse" => RefuseAsync(broker),
                "idle" => IdleAsync(broker),
                "ranges" => LeaveRangesAsync(broker),
                "repeat" => SendWithIdAsync(broker),
                "dead" => GiveUpAsync(broker),
                "doubt" => AckInDoubtAsync(broker),
                "clock" => SetClockAsync(broker),
                _ => throw new ArgumentOutOfRangeException(nameof(part), part, "There is no such part."),
            });
        }

        Narrator.Tell(HistoryOperation.Close);
        _store.FailCommits(null);
        await using MessageBroker again = await OpenAsync();
        var queue = new SteadyQueue(again, _time, part);
        await queue.TellDeadAsync();
        await queue.SendOnceAsync($"{part}-once");
        await queue.AckAllAsync();
        await queue.AdvanceAsync(TimeSpan.FromMinutes(5));
        await queue.AckAllAsync();
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        await queue.RestAsync(withTimers: true);
        return 0;
    }

    private static async Task<MessageBroker> OpenAsync()
    {
        MessageBroker broker = await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time });
        Narrator.Tell(HistoryOperation.Open);
        return broker;
    }

    /// <summary>The floor moves over acked ranges to a message that is buffered only when the broker closes.</summary>
    private static async Task SettleOutOfOrderAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "order");
        await queue.SendAsync([.. Enumerable.Range(0, 20).Select(i => $"order-{i}")]);
        List<Delivery<string>> taken = await queue.ReceiveAsync(9);
        foreach (int i in (int[])[1, 3, 2, 5, 7, 6, 4, 8, 0])
        {
            await queue.Settler.AckAsync(taken[i]);
        }
    }

    /// <summary>Messages wait for different times, and nothing else happens that could wake somebody up for the later ones.</summary>
    private static async Task RetryAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "retry");
        await queue.SendAsync("retry-1", "retry-2", "retry-3");
        await queue.SendAsync("retry-late", TimeSpan.FromSeconds(3));
        List<Delivery<string>> taken = await queue.ReceiveAsync(3);
        await queue.Settler.NackAsync(taken[0], TimeSpan.FromSeconds(1));
        await queue.Settler.NackAsync(taken[1], TimeSpan.FromSeconds(4));
        await queue.Settler.NackAsync(taken[2], TimeSpan.FromSeconds(6));
        for (int i = 0; i < 16; i++)
        {
            await queue.AdvanceAsync(TimeSpan.FromMilliseconds(500));
            await queue.AckAllAsync();
        }

        await queue.RestAsync();
    }

    /// <summary>Leases end, and their owners settle too late; the limit of failures is reached.</summary>
    private static async Task LetLeasesEndAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "lease");
        await queue.SendAsync("lease-1", "lease-2", "lease-3");
        List<Delivery<string>> late = await queue.ReceiveAsync();
        for (int i = 1; i < Deliveries.MaxFailures; i++)
        {
            await queue.AdvanceAsync(SteadyQueue.Lease + TimeSpan.FromSeconds(2));
            List<Delivery<string>> again = await queue.ReceiveAsync();
            await queue.Settler.AckAsync(late[0]);
            await queue.Settler.NackAsync(late[1], TimeSpan.FromSeconds(1));
            late = again;
        }

        await queue.AdvanceAsync(SteadyQueue.Lease + TimeSpan.FromSeconds(2));
        await queue.AckAllAsync();
        await queue.RestAsync();
    }

    /// <summary>A consumer is closed, and what it held goes to another one.</summary>
    private static async Task ReturnAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "return");
        await queue.SendAsync([.. Enumerable.Range(0, 10).Select(i => $"return-{i}")]);
        await using (IConsumer<string> leaving = queue.Open())
        {
            List<Delivery<string>> held = await queue.ReceiveAsync(4, leaving);
            await queue.Settler.AckAsync(held[1]);
        }

        Narrator.Tell(HistoryOperation.CloseConsumer, "return");
        await queue.AckAllAsync();
        await queue.RestAsync();
    }

    /// <summary>The store refuses a commit for certain: what was sent is never seen.</summary>
    private static async Task RefuseAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "refuse");
        await queue.SendAsync("refuse-1");
        _store.FailCommits(() => new StoreException("The workload has the store refuse this."));
        await queue.SendAsync("refuse-2", "refuse-3");
        _store.FailCommits(null);
        await queue.SendAsync("refuse-4");
        await queue.AckAllAsync();
        await queue.RestAsync();
    }

    /// <summary>A message comes and goes, and then there is nothing to do for a long time.</summary>
    private static async Task IdleAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "idle");
        await queue.SendAsync("idle-1");
        await queue.AckAllAsync();
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        await queue.RestAsync(withTimers: true);
    }

    /// <summary>The broker closes with acked ranges, and with failures that were counted.</summary>
    private static async Task LeaveRangesAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "ranges");
        await queue.SendAsync([.. Enumerable.Range(0, 10).Select(i => $"ranges-{i}")]);
        List<Delivery<string>> taken = await queue.ReceiveAsync(9);
        foreach (int i in (int[])[1, 3, 2, 7])
        {
            await queue.Settler.AckAsync(taken[i]);
        }

        await queue.Settler.NackAsync(taken[5], TimeSpan.FromSeconds(2));
    }

    /// <summary>A message is sent with an id; the next opening sends it again.</summary>
    private static Task SendWithIdAsync(MessageBroker broker) => new SteadyQueue(broker, _time, "repeat").SendOnceAsync("repeat-once");

    /// <summary>The store fails right after the commit that dead-letters a message.</summary>
    private static async Task GiveUpAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "dead");
        await queue.SendAsync("dead-1", "dead-2");
        List<Delivery<string>> taken = await queue.ReceiveAsync();
        _store.FailCommits(() => new IOException("The workload has the store fail."), after: 1);
        await queue.Settler.DeadLetterAsync(taken[0]);
    }

    /// <summary>The store fails in the commit that holds an ack, which is not stored.</summary>
    private static async Task AckInDoubtAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "doubt");
        await queue.SendAsync("doubt-1", "doubt-2");
        List<Delivery<string>> taken = await queue.ReceiveAsync();
        await queue.Settler.AckAsync(taken[1]);
        _store.FailCommits(() => new IOException("The workload has the store fail."));
        await queue.Settler.AckAsync(taken[0]);
    }

    /// <summary>The wall clock is set while messages wait for their time; the store can note it with what is sent after it.</summary>
    private static async Task SetClockAsync(MessageBroker broker)
    {
        var queue = new SteadyQueue(broker, _time, "clock");
        await queue.SendAsync("clock-1");
        await queue.SendAsync("clock-late", TimeSpan.FromMinutes(3));
        List<Delivery<string>> taken = await queue.ReceiveAsync();
        await queue.Settler.NackAsync(taken[0], TimeSpan.FromMinutes(2));
        var step = TimeSpan.FromHours(8);
        _time.SetWallClock(step);
        Narrator.Tell(new HistoryEvent { Operation = HistoryOperation.SetClock, Due = step.Ticks });
        await queue.SendAsync("clock-2");
    }
}
