using Messaging.Cursors;
using Messaging.Logs;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Writing;

namespace Messaging.DeadLetters;

/// <summary>The log of the messages redriven to one subscription only: others of the topic must not see them again.</summary>
/// <remarks>It is created with the first redrive.</remarks>
internal sealed class RedriveTarget(Catalog catalog, Subscription subscription) : IDeadLetterTarget
{
    private TaskCompletionSource<MessageLog>? _log;

    public MessageLog? Log => Volatile.Read(ref _log)?.Task.Result;

    public void Recover(MessageLog log)
    {
        _log = new TaskCompletionSource<MessageLog>(TaskCreationOptions.RunContinuationsAsynchronously);
        _log.SetResult(log);
    }

    public MessageLog Accept()
    {
        var mine = new TaskCompletionSource<MessageLog>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _log, mine, null) is { } other)
        {
            // Whoever came first is creating it at this moment.
            return other.Task.GetAwaiter().GetResult();
        }

        MessageLog log = catalog.CreateLog(
            StoreEntryKind.Redriven, subscription.Name, wanted: null, subscription.Id);
        log.Attach(subscription.Parts.Logs.Add(log, new CursorState(1), isOwn: true));
        mine.SetResult(log);
        return log;
    }
}
