using Messaging.Bounds;
using Messaging.Calls;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Storage;

namespace Messaging.Producers;

/// <summary>What is to become of one message that has an id: nothing new if it is repeated; otherwise it enters the log, or the schedule.</summary>
/// <remarks>A batch is a list of plans for one destination, with one commit for all. A send of one message runs its plan alone.</remarks>
internal sealed class SendPlan(Destination destination, in Draft draft)
{
    private readonly Draft _draft = draft;
    private long _ordinal;

    // What repetitions of the id see, from the moment that this send begins.
    private TaskCompletionSource<Receipt>? _outcome;

    public MessageId? Id => _draft.Id;

    public Record Record => _draft.Record;

    /// <summary>Gets a value indicating whether the message enters its log later.</summary>
    public bool IsDelayed => _draft.Due > 0;

    /// <summary>Gets the place in the list of the batch.</summary>
    public int Index { get; init; }

    /// <summary>Sends the message alone.</summary>
    public ValueTask<Receipt> RunAsync(CancellationToken cancellationToken) => _draft.IsNamed
        ? RunOnceAsync(cancellationToken)
        : SendAsync(cancellationToken, cancellationToken);

    /// <summary>Waits while the id is being cancelled: it is free when that is stored.</summary>
    public ValueTask AfterCancelAsync(CancellationToken cancellationToken) =>
        _draft.IsNamed ? destination.AfterCancelAsync(_draft.Id!.Value, cancellationToken) : default;

    /// <summary>Begins the send, unless one of the sender's id has succeeded or is under way.</summary>
    /// <returns>That send; <see langword="null"/> if this one has begun. Then <see cref="Confirm"/> or <see cref="Forget"/> ends it.</returns>
    public Task<Receipt>? Begin()
    {
        if (!_draft.IsNamed)
        {
            return null;
        }

        if (destination.FindRepeated(_draft.Id!.Value) is { } repeated)
        {
            return Task.FromResult(repeated);
        }

        _outcome = new TaskCompletionSource<Receipt>(TaskCreationOptions.RunContinuationsAsynchronously);
        return destination.Window.Begin(destination.Log.Id, _draft.Id.Value, _outcome, out _ordinal, IsDelayed);
    }

    public PendingAppend ToAppend(RoomTicket ticket) =>
        new(destination.Log, _draft.Record, _ordinal == 0 ? null : _draft.Id, _ordinal, ticket);

    public ScheduledRecord ToScheduled() => new(_draft.Id!.Value, destination.Log.Id, _draft.Due, _draft.Record.Payload);

    /// <summary>Gets the id of a scheduled message to be remembered with its commit; <see langword="null"/> for none.</summary>
    public StoreMessageId? ToRemembered() =>
        _ordinal == 0 ? null : new StoreMessageId(_ordinal, destination.Log.Id, _draft.Id!.Value, 0);

    /// <summary>Adds the message to the index of scheduled ones, after its commit.</summary>
    /// <param name="keepsRecord">Whether the index holds it, since no store does.</param>
    public void Schedule(bool keepsRecord) =>
        destination.Scheduled.Add(_draft.Id!.Value, destination.Log, _draft.Due, keepsRecord ? _draft.Record : default);

    /// <summary>Ends the send of a message that nobody reads. Nobody keeps it, so a repetition is no duplicate.</summary>
    public Receipt PassBy()
    {
        Receipt receipt = Confirm(_draft.Id ?? destination.Context.NextLooseId(), 0);
        ForgetId();
        return receipt;
    }

    /// <summary>Ends the send: repetitions get the same receipt.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="sequence">Its number in the log; 0 for none.</param>
    public Receipt Confirm(MessageId id, long sequence)
    {
        var receipt = new Receipt(id, sequence, destination.Log.Durability, IsDuplicate: false);
        _outcome?.TrySetResult(receipt);
        return receipt;
    }

    /// <summary>Ends the send as a failure, so that it can be made again. Repetitions that wait get the exception.</summary>
    public void Forget(Exception exception)
    {
        ForgetId();
        if (_outcome is { } outcome)
        {
            outcome.TrySetException(exception);
            _ = outcome.Task.Exception;
        }
    }

    private void ForgetId()
    {
        if (_ordinal != 0)
        {
            destination.Window.Forget(destination.Log.Id, _draft.Id!.Value, _ordinal);
        }
    }

    private async ValueTask<Receipt> RunOnceAsync(CancellationToken cancellationToken)
    {
        await AfterCancelAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        while (Begin() is { } earlier)
        {
            await WorkContext.Of((Task)earlier).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
            if (earlier.IsCompletedSuccessfully)
            {
                return destination.Repeat(await earlier.ConfigureAwait(WorkContext.IsCurrent));
            }
        }

        // Once accepted, the send goes on for those who repeat it, even if this caller no longer waits.
        Task<Receipt> send = SendBegunAsync(cancellationToken);
        return await send.WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
    }

    private async Task<Receipt> SendBegunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The id must be remembered, or forgotten, by the outcome of the commit, even if the caller no longer waits.
            Receipt receipt = await SendAsync(cancellationToken, CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);
            _outcome!.SetResult(receipt);
            return receipt;
        }
        catch (Exception exception)
        {
            Forget(exception);
            throw;
        }
    }

    /// <param name="room">Ends the wait for room.</param>
    /// <param name="commit">Ends the wait for the commit, which goes on.</param>
    private ValueTask<Receipt> SendAsync(CancellationToken room, CancellationToken commit) => IsDelayed
        ? ScheduleAsync(commit)
        : destination.EnterAndAppendAsync(_draft.Record, _draft.Id, _ordinal, room, commit);

    private async ValueTask<Receipt> ScheduleAsync(CancellationToken cancellationToken)
    {
        MessageId id = _draft.Id!.Value;
        try
        {
            Task added = destination.Scheduled.AddAsync(id, destination.Log, _draft.Due, _draft.Record, _ordinal);
            await (cancellationToken.CanBeCanceled ? WorkContext.Of(added).WaitAsync(cancellationToken) : added).ConfigureAwait(WorkContext.IsCurrent);
            return new Receipt(id, 0, destination.Log.Durability, IsDuplicate: false);
        }
        catch (StoreOutcomeUnknownException exception)
        {
            throw UnknownOutcome.Of(exception, [id]);
        }
    }
}
