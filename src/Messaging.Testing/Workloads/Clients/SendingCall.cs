using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>Sends to one destination, and tells of each send before and after.</summary>
internal sealed class SendingCall(Life life, IProducer<string> producer, string destination, int client)
{
    /// <summary>Sends a message.</summary>
    /// <returns>Whether it was confirmed.</returns>
    public Task<bool> SendAsync(string name) => SendAsync(name, options: null, repeated: null);

    /// <summary>Sends a message under an id that follows from its name, so that a later life may repeat it.</summary>
    /// <returns>Whether it was confirmed.</returns>
    public async Task<bool> SendWithIdAsync(string name, TimeSpan delay = default, bool mayBeRepeated = true)
    {
        MessageId id = MessageId.FromName(name);
        RepeatedSend? repeated = mayBeRepeated ? new RepeatedSend(destination, name, id, DueAfter(delay)) : null;
        return await SendAsync(name, new SendOptions { MessageId = id, Delay = delay }, repeated).ConfigureAwait(WorkContext.IsCurrent);
    }

    public Task RepeatAsync(RepeatedSend repeated)
    {
        // At the time that it was due at first, which may be past.
        TimeSpan delay = repeated.Due > life.Now ? TimeSpan.FromTicks(repeated.Due - life.Now) : TimeSpan.Zero;
        return SendAsync(
            repeated.Name, new SendOptions { MessageId = repeated.Id, Delay = delay }, repeated.IsNextOpeningOnly ? null : repeated);
    }

    public async Task SendBatchAsync(string batch, int size)
    {
        string[] names = [.. Enumerable.Range(0, size).Select(i => $"{batch}-{i}")];
        HistoryEvent[] told = [.. names.Select(name => Begin(name, 0, batch))];
        try
        {
            IReadOnlyList<Receipt> receipts = await producer
                .SendBatchAsync([.. names.Select(name => new Message<string>(MessageText.Of(name)))], life.End).ConfigureAwait(WorkContext.IsCurrent);
            for (int i = 0; i < size; i++)
            {
                life.Tell(told[i] with { Outcome = HistoryOutcome.Ok, Sequence = receipts[i].Sequence });
            }
        }
        catch (Exception exception) when (life.Explains(exception, out HistoryOutcome outcome))
        {
            foreach (HistoryEvent message in told)
            {
                life.Tell(message with { Outcome = outcome });
            }
        }
    }

    private async Task<bool> SendAsync(string name, SendOptions? options, RepeatedSend? repeated)
    {
        if (repeated is not null)
        {
            life.Workload.NoteBegun(life, repeated);
        }

        HistoryEvent told = Begin(name, DueAfter(options?.Delay ?? TimeSpan.Zero));
        try
        {
            Receipt receipt = await producer.SendAsync(MessageText.Of(name), options, life.End).ConfigureAwait(WorkContext.IsCurrent);
            life.Tell(told with { Outcome = HistoryOutcome.Ok, Sequence = receipt.Sequence });
            return true;
        }
        catch (InvalidOperationException) when (options is { MessageId: not null, Delay.Ticks: > 0 })
        {
            // One of its id is scheduled already.
            life.Tell(told with { Outcome = HistoryOutcome.Failed });
        }
        catch (Exception exception) when (life.Explains(exception, out HistoryOutcome outcome))
        {
            life.Tell(told with { Outcome = outcome });
            NoteUnknown(name, options, exception);
        }

        return false;
    }

    /// <summary>Notes the id that the broker names for a repetition of what had none.</summary>
    private void NoteUnknown(string name, SendOptions? options, Exception exception)
    {
        if (options is null && exception is StoreOutcomeUnknownException { MessageIds: [var id] })
        {
            life.Workload.NoteBegun(life, new RepeatedSend(destination, name, id, 0, IsNextOpeningOnly: true));
        }
    }

    private HistoryEvent Begin(string name, long due, string batch = "")
    {
        var told = new HistoryEvent
        {
            Client = client,
            Operation = HistoryOperation.Send,
            Outcome = HistoryOutcome.Invoked,
            Destination = destination,
            Message = name,
            Batch = batch,
            Due = due,
        };
        life.Tell(told);
        return told;
    }

    private long DueAfter(TimeSpan delay) => life.Workload.DueAfter(delay);
}
