namespace Messaging.Testing.Tested;

/// <summary>A queue whose calls are followed and observed.</summary>
internal sealed class TestedQueue(BrokerSession session, IQueue inner) : TestedSubscription(session, inner), IQueue
{
    public IProducer<T> Producer<T>()
    {
        using ContextScope scope = Session.Enter();
        return new TestedProducer<T>(Session, inner.Name, inner.Producer<T>());
    }
}
