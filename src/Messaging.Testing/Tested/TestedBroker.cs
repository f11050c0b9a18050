using Messaging.Diagnostics;
using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A broker whose calls enter the context of its work, and are observed.</summary>
internal sealed class TestedBroker(BrokerSession session, MessageBroker inner) : IMessageBroker
{
    public IReadOnlyCollection<ISubscription> Subscriptions =>
        [.. session.Call(() => inner.Subscriptions).Select(subscription => new TestedTopicSubscription(session, subscription))];

    public IQueue Queue(string name, QueueOptions? options = null) => new TestedQueue(session, session.Call(() => inner.Queue(name, options)));

    public ITopic Topic(string name, TopicOptions? options = null) => new TestedTopic(session, session.Call(() => inner.Topic(name, options)));

    public ValueTask<ISubscription> SubscribeAsync(
        string pattern, string name, SubscriptionOptions? options = null, CancellationToken cancellationToken = default) =>
        session.CallAsync<ISubscription>(async () => new TestedTopicSubscription(
            session, await inner.SubscribeAsync(pattern, name, options, cancellationToken).ConfigureAwait(WorkContext.IsCurrent)));

    public ValueTask<bool> UnsubscribeAsync(string name, CancellationToken cancellationToken = default) =>
        session.CallAsync(() => inner.UnsubscribeAsync(name, cancellationToken));

    public ValueTask<bool> CancelAsync(MessageId messageId, CancellationToken cancellationToken = default) =>
        session.CallAsync(async () =>
        {
            bool cancelled = await inner.CancelAsync(messageId, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            if (cancelled)
            {
                session.Recorder.Add(session.Recorder.New(ObservationKind.Cancelled) with { MessageId = messageId });
            }

            return cancelled;
        });

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) =>
        session.CallAsync(() => inner.BackupAsync(path, cancellationToken));

    public ValueTask DisposeAsync() => session.StopAsync(inner.DisposeAsync);
}
