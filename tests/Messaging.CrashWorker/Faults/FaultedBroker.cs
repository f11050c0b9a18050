using Messaging.CrashWorker.Shim;
using Messaging.CrashWorker.Workloads;
using Messaging.Testing;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Faults;

/// <summary>A broker on a file whose disk fails; it tells what it does, and what an exception said of it.</summary>
internal sealed class FaultedBroker(string path, VirtualTime time)
{
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(5);

    private readonly List<(string Destination, string Name, SendOptions Options, int Length)> _doubted = [];
    private MessageBroker? _broker;
    private int _hitsAtOpening;
    private bool _usesMemory;

    /// <summary>Gets a value indicating whether the store has said that it takes nothing more.</summary>
    public bool MustReopen { get; private set; }

    public bool IsOpen => _broker is not null;

    public MessageBroker Broker => _broker ?? throw new InvalidOperationException("It is not open.");

    /// <summary>Gets how many calls were refused for certain.</summary>
    public int Refusals { get; private set; }

    /// <summary>Gets how many calls ended in doubt.</summary>
    public int Unknowns { get; private set; }

    /// <summary>Gets why it could not be opened the last time.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Gets how often it was opened.</summary>
    public int Openings { get; private set; }

    /// <summary>Gets or sets a value indicating whether a sync may fail: after that nothing may be confirmed.</summary>
    public bool SyncsFail { get; set; }

    private bool IsInDoubt => SyncsFail && ShimCalls.Hits() > _hitsAtOpening;

    public static void Wrong(string what) => Report.Line($"WRONG {what}");

    /// <summary>Waits for something, but not for longer than a caller should have to.</summary>
    public static async Task<T> WithinAsync<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(_hang);
        }
        catch (TimeoutException)
        {
            Wrong($"{what} hung for {_hang.TotalSeconds} seconds");
            Environment.Exit(3);
            throw;
        }
    }

    /// <summary>Opens it; false when it cannot be opened.</summary>
    public async Task<bool> TryOpenAsync()
    {
        _usesMemory = false;
        try
        {
            _broker = await WithinAsync(Task.Run(() => MessageBroker.OpenAsync(path, new BrokerOptions { TimeProvider = time }).AsTask()), "an opening");
        }
        catch (StoreException exception)
        {
            Refusal = exception.Message;
            if (!exception.Message.Contains(path, StringComparison.Ordinal))
            {
                Wrong($"the refusal of an opening does not name the file: {exception.Message}");
            }

            return false;
        }

        // SQLite goes on when the sync of its log's directory fails; the store syncs it again itself before it is open.
        _hitsAtOpening = ShimCalls.Hits();
        Openings++;
        MustReopen = false;
        Narrator.Tell(HistoryOperation.Open);
        return true;
    }

    public async Task CloseAsync()
    {
        if (_broker is not { } broker)
        {
            return;
        }

        _broker = null;
        await WithinAsync(Task.Run(async () =>
        {
            await broker.DisposeAsync();
            return true;
        }), "a closing");
        Narrator.Tell(HistoryOperation.Close);
    }

    public Task IdleAsync() => WithinAsync(Task.Run(async () =>
    {
        await Broker.WhenIdleAsync();
        return true;
    }), "the broker's work");

    /// <summary>Does something that may be refused, in doubt, or done; anything else is wrong.</summary>
    /// <returns>Whether it was done.</returns>
    public async Task<HistoryOutcome> DoAsync(string what, Func<Task> call)
    {
        bool inDoubt = IsInDoubt;
        try
        {
            await WithinAsync(Task.Run(async () =>
            {
                await call();
                return true;
            }), what);
            if (inDoubt && !what.StartsWith("a look", StringComparison.Ordinal))
            {
                Wrong($"{what} was confirmed after a sync had failed");
            }

            if (MustReopen && !what.StartsWith("a look", StringComparison.Ordinal))
            {
                Wrong($"{what} was confirmed after the store had said that it must be opened again");
            }

            return HistoryOutcome.Ok;
        }
        catch (StoreException exception)
        {
            bool isUnknown = exception is StoreOutcomeUnknownException;
            Unknowns += isUnknown ? 1 : 0;
            Refusals += isUnknown ? 0 : 1;
            if ((isUnknown || inDoubt || MustReopen) && !exception.MustReopen)
            {
                Wrong($"{what} was refused, and the exception does not say that the store must be opened again: {exception}");
            }

            MustReopen |= exception.MustReopen;
            return isUnknown ? HistoryOutcome.Unknown : HistoryOutcome.Failed;
        }
#pragma warning disable CA1031 // Any other exception is what the test looks for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Wrong($"{what} threw {exception.ToString().ReplaceLineEndings(" ")}");
            return HistoryOutcome.Unknown;
        }
    }

    public async Task SendAsync(string destination, string name, SendOptions options, int length = 40)
    {
        var told = new HistoryEvent
        {
            Client = 1, Operation = HistoryOperation.Send, Outcome = HistoryOutcome.Invoked, Destination = destination, Message = name,
            Due = options.Delay == TimeSpan.Zero ? 0 : Narrator.Now + options.Delay.Ticks,
        };
        Narrator.Tell(told);
        HistoryOutcome outcome = await DoAsync("a send", async () =>
        {
            try
            {
                IProducer<string> producer = destination == FaultedLife.TopicName
                    ? Broker.Topic(destination).Producer<string>() : Broker.Queue(destination).Producer<string>();
                Receipt receipt = await producer.SendAsync(FaultedLife.BodyOf(name, length), options);
                told = told with { Sequence = receipt.Sequence };
            }
            catch (StoreOutcomeUnknownException exception)
            {
                if (exception.MessageIds is not [var id])
                {
                    Wrong($"a send in doubt names {exception.MessageIds.Count} ids to repeat it with");
                }
                else
                {
                    _doubted.Add((destination, name, options with { MessageId = id }, length));
                }

                throw;
            }
        });
        if (destination == FaultedLife.MemoryName)
        {
            // What is in memory only is gone with the next opening, confirmed or not.
            if (outcome == HistoryOutcome.Failed && _usesMemory && !MustReopen)
            {
                Wrong("a send that needs no disk was refused");
            }

            _usesMemory |= outcome == HistoryOutcome.Ok;
            outcome = outcome == HistoryOutcome.Ok ? HistoryOutcome.Unknown : outcome;
        }

        Narrator.Tell(told with { Outcome = outcome });
    }

    /// <summary>Sends again what was in doubt, under the ids that the exceptions named.</summary>
    public async Task RepeatAsync()
    {
        (string Destination, string Name, SendOptions Options, int Length)[] doubted = [.. _doubted];
        _doubted.Clear();
        foreach ((string destination, string name, SendOptions options, int length) in doubted)
        {
            await SendAsync(destination, name, options, length);
        }
    }

    public async Task SettleAsync(ISubscription subscription, Delivery<string> delivery, HistoryOperation operation, Func<Task<Settlement>> call, Settlement wanted, long due = 0)
    {
        HistoryEvent told = Deliveries.Describe(delivery, subscription.Name, 1, operation, HistoryOutcome.Invoked, due) with { Message = FaultedLife.NameIn(delivery.Body) };
        Narrator.Tell(told);
        Settlement settlement = default;
        HistoryOutcome outcome = await DoAsync("a settlement", async () => settlement = await call());

        // Refused, it stands in memory all the same, and may be stored with a later commit.
        Narrator.Tell(told with { Outcome = outcome != HistoryOutcome.Ok ? HistoryOutcome.Unknown : settlement == wanted ? HistoryOutcome.Ok : HistoryOutcome.Failed });
    }
}
