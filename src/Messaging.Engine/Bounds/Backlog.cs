namespace Messaging.Bounds;

/// <summary>The bound of one subscription's unsettled messages, in messages and bytes, whatever number of logs they lie in.</summary>
/// <remarks>
/// Where the limit's action holds senders up, they enter before they send; where it does not, a message is counted when it
/// is in its log. A message leaves when it is settled or on its way to the dead letters. Anybody may call anything.
/// </remarks>
internal sealed class Backlog
{
    private readonly Func<bool> _hasRoomForDead;
    private bool _isStuck;

    /// <summary>Creates the bound.</summary>
    /// <param name="subscription">The name for errors.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="hasRoomForDead">Tells whether the dead-letter queue takes one more message; called without a lock.</param>
    public Backlog(string subscription, BacklogLimit limit, Func<bool> hasRoomForDead)
    {
        Subscription = subscription;
        Limit = limit;
        _hasRoomForDead = hasRoomForDead;
        Messages = new Gate(subscription) { Capacity = limit.MaxMessages ?? long.MaxValue };
        Bytes = new Gate(subscription) { Capacity = limit.MaxBytes ?? long.MaxValue };
    }

    public string Subscription { get; }

    public BacklogLimit Limit { get; }

    public Gate Messages { get; }

    public Gate Bytes { get; }

    /// <summary>Gets a value indicating whether senders are held up or refused: they enter before they send.</summary>
    public bool Asks => Limit.Action is BacklogAction.Block or BacklogAction.Refuse;

    /// <summary>Gets a value indicating whether the oldest message has to make room.</summary>
    public bool Evicts => Limit.Action is BacklogAction.DropOldest or BacklogAction.DeadLetterOldest;

    /// <summary>Gets a value indicating whether there is more than the limit allows.</summary>
    public bool IsOver => Messages.Held > Messages.Capacity || Bytes.Held > Bytes.Capacity;

    /// <summary>Gets a value indicating whether senders are kept out because the oldest message is too old.</summary>
    public bool IsOverAge => Messages.IsShut;

    /// <summary>Gets or sets a value indicating whether a message had to make room and could not, as the dead-letter queue is full.</summary>
    public bool IsStuck
    {
        get => Volatile.Read(ref _isStuck);
        set => Volatile.Write(ref _isStuck, value);
    }

    /// <summary>Counts messages that did not ask.</summary>
    public void Add(long count, long bytes)
    {
        Messages.Add(count);
        Bytes.Add(bytes);
    }

    /// <summary>Makes room where no sender waits. It takes no lock.</summary>
    public void Subtract(long count, long bytes)
    {
        Messages.Subtract(count);
        Bytes.Subtract(bytes);
    }

    /// <summary>Makes room, and lets waiting senders in.</summary>
    public void Leave(long count, long bytes)
    {
        Messages.Leave(count);
        if (bytes != 0)
        {
            Bytes.Leave(bytes);
        }
    }

    /// <summary>Ends the bound: whoever waits may send.</summary>
    public void Lift()
    {
        Messages.Lift();
        Bytes.Lift();
    }

    /// <summary>Ends all waiting, as the broker closes.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Close(Exception cause)
    {
        Messages.Close(cause);
        Bytes.Close(cause);
    }

    /// <summary>Tells whether a send would need room that only the full dead-letter queue could make.</summary>
    public bool CannotMakeRoom(long count, long bytes) =>
        Limit.Action == BacklogAction.DeadLetterOldest
        && (IsStuck || Messages.Held + count > Messages.Capacity || Bytes.Held + bytes > Bytes.Capacity)
        && !_hasRoomForDead();

    /// <summary>Gets the error of a send that this bound refuses.</summary>
    /// <param name="destination">The queue or topic that was sent to.</param>
    /// <param name="full">The full gate; <see langword="null"/> when the dead-letter queue is full.</param>
    public QueueFullException Refusal(string destination, Gate? full)
    {
        (string name, long value, string text) = full switch
        {
            { IsShut: true } => (nameof(BacklogLimit.MaxAge), Limit.MaxAge!.Value.Ticks, $"{Limit.MaxAge}"),
            not null when full == Bytes => (nameof(BacklogLimit.MaxBytes), Bytes.Capacity, $"{Bytes.Capacity:N0}"),
            null when Limit.MaxMessages is null && Limit.MaxBytes is { } bytes => (nameof(BacklogLimit.MaxBytes), bytes, $"{bytes:N0}"),
            null when Limit.MaxMessages is null => (nameof(BacklogLimit.MaxAge), Limit.MaxAge!.Value.Ticks, $"{Limit.MaxAge}"),
            _ => (nameof(BacklogLimit.MaxMessages), Messages.Capacity, $"{Messages.Capacity:N0}"),
        };
        string why = full is null ? ", and its dead-letter queue is full" : "";
        return new QueueFullException(
            destination, Subscription, name, value, $"The backlog of the subscription '{Subscription}' has no room for this: its limit is {name} = {text}{why}. Nothing was sent to '{destination}'.");
    }
}
