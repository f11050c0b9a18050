using Microsoft.Extensions.Logging;

namespace Messaging.Diagnostics;

/// <summary>What the engine logs. Bodies and headers are never among it.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Critical, "The store failed. The broker confirms and delivers nothing more until it is opened again.")]
    public static partial void StoreStopped(ILogger logger, Exception exception);

    [LoggerMessage(7, LogLevel.Error, "The store refused a commit. Nothing of it was stored; the broker goes on.")]
    public static partial void CommitRefused(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The store's upkeep failed and will be tried again.")]
    public static partial void MaintenanceFailed(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "{Subscription}: message {Sequence} of {Destination} was dead-lettered ({Reason}) after {Failures} failures.")]
    public static partial void DeadLettered(ILogger logger, string subscription, long sequence, string destination, DeadLetterReason reason, int failures);

    [LoggerMessage(4, LogLevel.Error, "{Subscription}: reading the backlog of {Destination} failed. It is tried again each second.")]
    public static partial void BacklogReadFailed(ILogger logger, Exception exception, string subscription, string destination);

    [LoggerMessage(6, LogLevel.Error, "{Subscription}: messages {First} to {Last} of {Destination} are damaged in the store and are passed over: {Count} are lost.")]
    public static partial void DamagePassed(ILogger logger, string subscription, string destination, long first, long last, long count);

    [LoggerMessage(8, LogLevel.Error, "{Subscription}: messages {First} to {Last} of {Destination} are damaged in the store. {Count} are not delivered, and those behind them wait, until the file is opened with SqliteStoreOptions.SkipDamaged = true.")]
    public static partial void DamageMet(ILogger logger, Exception exception, string subscription, string destination, long first, long last, long count);

    [LoggerMessage(9, LogLevel.Error, "The store is damaged, at {Destination}, messages {First} to {Last}: {Problem}")]
    public static partial void DamageFound(ILogger logger, string destination, long first, long last, string problem);

    [LoggerMessage(10, LogLevel.Error, "The store is damaged: {Problem}")]
    public static partial void DamageFound(ILogger logger, string problem);

    [LoggerMessage(11, LogLevel.Error, "The scheduled message {Id} of {Destination} is damaged in the store and is not delivered.")]
    public static partial void ScheduledDamaged(ILogger logger, MessageId id, string destination);

    [LoggerMessage(12, LogLevel.Error, "Reading scheduled messages failed. It is tried again each second.")]
    public static partial void ScheduledReadFailed(ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Warning, "{Subscription}: the backlog is over the limit in SubscriptionOptions.Backlog; {Count} messages were dropped since the broker was opened, the last one {Sequence} of {Destination}.")]
    public static partial void BacklogDropped(ILogger logger, string subscription, long count, string destination, long sequence);

    [LoggerMessage(21, LogLevel.Error, "{Subscription}: the backlog is over its limit, and the dead-letter queue holds its DeadLetterCapacity of {Capacity}. Sends are refused until there is room. Redrive or purge dead letters, or raise DeadLetterCapacity.")]
    public static partial void BacklogStuck(ILogger logger, string subscription, long capacity);

    [LoggerMessage(22, LogLevel.Warning, "{Subscription} is suspended: it keeps its messages and collects no new ones. Limit reached: {Limit}. Call Resume to collect again, or raise the limit in SubscriptionOptions.Backlog.")]
    public static partial void Suspended(ILogger logger, string subscription, string limit);

    [LoggerMessage(23, LogLevel.Warning, "{Subscription} hands out nothing new until some of what is in hand is settled: it has left gaps, or has failed messages waiting, up to its MaxOutOfOrder of {Limit}. That has happened {Count} times since the broker was opened.")]
    public static partial void HeldBack(ILogger logger, string subscription, int limit, long count);

    [LoggerMessage(24, LogLevel.Error, "{Subscription}: message {Sequence} of {Destination} was given up, and the dead-letter queue holds its DeadLetterCapacity of {Capacity}. The message stays and is handed out again after its delay. Redrive or purge dead letters, or raise DeadLetterCapacity. That has happened {Count} times since the broker was opened.")]
    public static partial void DeadLettersFull(ILogger logger, string subscription, long sequence, string destination, long capacity, long count);

    [LoggerMessage(40, LogLevel.Error, "The closing of the {What} failed. A handler of its own began the closing and does not wait for it. Dispose it again to get the exception.")]
    public static partial void StopFailed(ILogger logger, Exception exception, string what);

    [LoggerMessage(41, LogLevel.Information, "{Subscription}: a handler that was asked to stop threw on message {Sequence} of {Destination} ({MessageId}). No failure is counted; if the message is not settled, it returns.")]
    public static partial void HandlerStopped(ILogger logger, Exception exception, string subscription, long sequence, MessageId messageId, string destination);

    [LoggerMessage(42, LogLevel.Error, "{Subscription}: a loop of a handler met an unexpected exception, number {Count} of this handler. The message in hand returns without a failure, and the loop goes on in {Pause}.")]
    public static partial void LoopFailed(ILogger logger, Exception exception, string subscription, long count, TimeSpan pause);

    [LoggerMessage(43, LogLevel.Warning, "{Subscription}: the handling of message {Sequence} of {Destination} ({MessageId}) has taken longer than the MaxProcessingTime of {MaxProcessingTime}. The lease is no longer renewed: an unsettled message fails, and may be handled again meanwhile. The call still takes one of the {Concurrency} places (Concurrency), of which overdue calls take {Overdue}. Raise HandlerOptions.MaxProcessingTime, or end the handler when its token is cancelled.")]
    public static partial void CallOverdue(
        ILogger logger, string subscription, long sequence, MessageId messageId, string destination, TimeSpan maxProcessingTime, int overdue, int concurrency);

    [LoggerMessage(44, LogLevel.Warning, "{Subscription}: the lease of message {Sequence} of {Destination} ({MessageId}) ended before the message was settled, so it fails. The LeaseDuration is {LeaseDuration}. That has happened {Count} times since the broker was opened. Settle sooner, call Delivery.Extend, or raise the LeaseDuration.")]
    public static partial void LeaseLost(
        ILogger logger, string subscription, long sequence, MessageId messageId, string destination, TimeSpan leaseDuration, long count);

    [LoggerMessage(45, LogLevel.Error, "{Subscription}: settling acknowledged messages or handing out ready ones failed unexpectedly. It is tried again in a second.")]
    public static partial void SettleFailed(ILogger logger, Exception exception, string subscription);

    [LoggerMessage(46, LogLevel.Error, "A caller could not be resumed after its commit: its synchronization context or task scheduler threw. The commit stands, and all other callers go on.")]
    public static partial void CallerUnreachable(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "{Subscription}: a handler failed on message {Sequence} of {Destination}, attempt {Attempt}.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string subscription, long sequence, string destination, int attempt);

    [LoggerMessage(30, LogLevel.Error, "{Subscription}: the retry policy {Policy} threw when it was asked about message {Sequence} of {Destination}, which has failed {Failures} times. The failure counts; RetryPolicy.Default decides instead. Correct MaxFailures and DelayAfter of the policy.")]
    public static partial void PolicyFailed(
        ILogger logger, Exception exception, string subscription, string policy, long sequence, string destination, int failures);

    [LoggerMessage(31, LogLevel.Error, "An alarm of {Owner} threw. It rings again in 1 second; the other alarms are not affected.")]
    public static partial void AlarmFailed(ILogger logger, Exception exception, string owner);

    [LoggerMessage(32, LogLevel.Error, "A timer of the TimeProvider {Provider} threw when it was set or ended. It is set again at once, then each second; leases, delays and schedules may be late meanwhile. Correct the TimeProvider in BrokerOptions.")]
    public static partial void TimerFailed(ILogger logger, Exception exception, string provider);

    [LoggerMessage(33, LogLevel.Error, "The TimeProvider {Provider} threw when it was read. Its last good answer counts until it answers again, so the broker's time may stand still. Correct the TimeProvider in BrokerOptions.")]
    public static partial void ClockFailed(ILogger logger, Exception exception, string provider);

    [LoggerMessage(34, LogLevel.Error, "The opening of '{Store}' failed, and so did closing it again. Another opening may be refused until this process ends.")]
    public static partial void StoreNotClosed(ILogger logger, Exception exception, string store);

    [LoggerMessage(35, LogLevel.Warning, "{Count} log lines were dropped here, since {Capacity} were waiting for the logger, which is slow or hangs. Let BrokerOptions.LoggerFactory give one that returns sooner.")]
    public static partial void LinesDropped(ILogger logger, long count, int capacity);

    [LoggerMessage(36, LogLevel.Warning, "{Count} log lines before this one are lost, since the logger of BrokerOptions.LoggerFactory threw.")]
    public static partial void LoggerFailed(ILogger logger, Exception exception, long count);

    [LoggerMessage(37, LogLevel.Warning, "{Subscription}: a callback threw that is registered on Delivery.LeaseLost or on the token of a handler. The cancellation goes on.")]
    public static partial void CallbackFailed(ILogger logger, Exception exception, string subscription);
}
