namespace Messaging.Testing.Tested;

/// <summary>A topic whose sends are observed.</summary>
internal sealed class TestedTopic(BrokerSession session, ITopic inner) : ITopic
{
    public string Name => inner.Name;

    public IProducer<T> Producer<T>()
    {
        using ContextScope scope = session.Enter();
        return new TestedProducer<T>(session, inner.Name, inner.Producer<T>());
    }
}
