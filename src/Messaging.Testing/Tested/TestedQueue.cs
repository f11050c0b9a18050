using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A queue whose calls are followed and observed.</summary>
internal sealed class TestedQueue(BrokerSession session, IQueue inner) : TestedSubscription(session, inner), IQueue
{
    public IProducer<T> Producer<T>() => new TestedProducer<T>(Session, inner.Name, Session.Call(inner.Producer<T>));
}
