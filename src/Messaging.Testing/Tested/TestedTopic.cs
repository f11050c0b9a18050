using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A topic whose sends are observed.</summary>
internal sealed class TestedTopic(BrokerSession session, ITopic inner) : ITopic
{
    public string Name => inner.Name;

    public IProducer<T> Producer<T>() => new TestedProducer<T>(session, inner.Name, session.Call(inner.Producer<T>));
}
