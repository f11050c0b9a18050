using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>One client that sends to one destination: plain messages, some with ids, in batches, with a delay, or cancelled again.</summary>
internal sealed class Sender(IMessageBroker broker, IProducer<string> producer, string destination, int client, string prefix, int seed)
{
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(40);

    private readonly Random _random = new(seed);
    private int _count;

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await StepAsync();
        }
    }

    /// <summary>Sends a message of an earlier life again, under its id.</summary>
    public Task RepeatAsync(string name) => SendAsync(name, new SendOptions { MessageId = MessageId.FromName(name) });

    private Task StepAsync()
    {
        int kind = _random.Next(100);
        string name = $"{prefix}-{client}-{_count++}";
        return kind switch
        {
            < 70 => SendAsync(name, options: null),
            < 82 => SendAsync($"{name}-id", new SendOptions { MessageId = MessageId.FromName($"{name}-id") }),
            < 90 => SendBatchAsync(name, _random.Next(2, 6)),
            < 96 => SendAsync($"{name}-late", new SendOptions { MessageId = MessageId.FromName($"{name}-late"), Delay = TimeSpan.FromMilliseconds(_random.Next(1, (int)LongestDelay.TotalMilliseconds)) }),
            _ => SendAndCancelAsync($"{name}-late"),
        };
    }

    private async Task SendAsync(string name, SendOptions? options)
    {
        HistoryEvent told = Begin(name, options?.Delay ?? TimeSpan.Zero);
        try
        {
            Receipt receipt = await producer.SendAsync(Text.Of(name), options);
            Narrator.Tell(told with { Outcome = HistoryOutcome.Ok, Sequence = receipt.Sequence });
        }
        catch (Exception exception) when (Outcome.Of(exception) is { } outcome)
        {
            Narrator.Tell(told with { Outcome = outcome });
        }
    }

    private async Task SendBatchAsync(string batch, int size)
    {
        string[] names = [.. Enumerable.Range(0, size).Select(i => $"{batch}-{i}")];
        HistoryEvent[] told = [.. names.Select(name => Begin(name, TimeSpan.Zero, batch))];
        try
        {
            IReadOnlyList<Receipt> receipts = await producer.SendBatchAsync([.. names.Select(name => new Message<string>(Text.Of(name)))]);
            for (int i = 0; i < size; i++)
            {
                Narrator.Tell(told[i] with { Outcome = HistoryOutcome.Ok, Sequence = receipts[i].Sequence });
            }
        }
        catch (Exception exception) when (Outcome.Of(exception) is { } outcome)
        {
            foreach (HistoryEvent message in told)
            {
                Narrator.Tell(message with { Outcome = outcome });
            }
        }
    }

    private async Task SendAndCancelAsync(string name)
    {
        MessageId id = MessageId.FromName(name);
        await SendAsync(name, new SendOptions { MessageId = id, Delay = TimeSpan.FromMilliseconds(_random.Next(1, 20)) });
        var told = new HistoryEvent { Client = client, Operation = HistoryOperation.Cancel, Message = name };
        Narrator.Tell(told with { Outcome = HistoryOutcome.Invoked });
        try
        {
            bool cancelled = await broker.CancelAsync(id);
            Narrator.Tell(told with { Outcome = cancelled ? HistoryOutcome.Ok : HistoryOutcome.Failed });
        }
        catch (Exception exception) when (Outcome.Of(exception) is { } outcome)
        {
            Narrator.Tell(told with { Outcome = outcome });
        }
    }

    private HistoryEvent Begin(string name, TimeSpan delay, string batch = "")
    {
        var told = new HistoryEvent
        {
            Client = client,
            Operation = HistoryOperation.Send,
            Outcome = HistoryOutcome.Invoked,
            Destination = destination,
            Message = name,
            Batch = batch,
            Due = delay == TimeSpan.Zero ? 0 : Narrator.Now + (delay - Outcome.ClockSlack).Ticks,
        };
        Narrator.Tell(told);
        return told;
    }
}
