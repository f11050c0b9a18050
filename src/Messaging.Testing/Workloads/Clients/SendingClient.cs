using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>A client that sends to one destination: plain messages, some with ids, in batches, with a delay, or cancelled again.</summary>
internal sealed class SendingClient(Life life, IProducer<string> producer, string destination, int client) : IClient
{
    private const int LargestBatch = 5;

    private readonly SendingCall _call = new(life, producer, destination, client);
    private readonly Random _random = life.RandomFor(client);
    private int _count;

    public async Task RunAsync()
    {
        while (life.TryBegin())
        {
            await StepAsync().ConfigureAwait(WorkContext.IsCurrent);
            await life.PauseAsync(_random).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private Task StepAsync()
    {
        string name = life.NameFor(client, _count++);
        WorkloadShares shares = life.Options.Shares;
        return _random.Draw(shares.Send, shares.SendWithId, shares.SendBatch, shares.SendDelayed, shares.SendAndCancel) switch
        {
            0 => _call.SendAsync(name),
            1 => SendWithIdAsync($"{name}-id"),
            2 => _call.SendBatchAsync(name, _random.Next(2, LargestBatch + 1)),
            3 => _call.SendWithIdAsync($"{name}-late", _random.DrawTime(life.Options.LongestDelay)),
            _ => SendAndCancelAsync($"{name}-late"),
        };
    }

    private async Task SendWithIdAsync(string name)
    {
        do
        {
            await _call.SendWithIdAsync(name).ConfigureAwait(WorkContext.IsCurrent);
        }
        while (_random.Next(4) == 0 && !life.IsOver);
    }

    private async Task SendAndCancelAsync(string name)
    {
        await _call.SendWithIdAsync(name, _random.DrawTime(life.Options.LongestDelay), mayBeRepeated: false).ConfigureAwait(WorkContext.IsCurrent);
        await life.PauseAsync(_random).ConfigureAwait(WorkContext.IsCurrent);
        var told = new HistoryEvent { Client = client, Operation = HistoryOperation.Cancel, Message = name };
        life.Tell(told with { Outcome = HistoryOutcome.Invoked });
        try
        {
            bool cancelled = await life.Broker.CancelAsync(MessageId.FromName(name)).ConfigureAwait(WorkContext.IsCurrent);
            life.Tell(told with { Outcome = cancelled ? HistoryOutcome.Ok : HistoryOutcome.Failed });
        }
        catch (Exception exception) when (life.Explains(exception, out HistoryOutcome outcome))
        {
            life.Tell(told with { Outcome = outcome });
        }
    }
}
