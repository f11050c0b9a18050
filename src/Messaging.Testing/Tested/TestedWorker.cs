using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A running handler.</summary>
internal sealed class TestedWorker(BrokerSession session, IWorker inner) : IWorker
{
    public int Running => inner.Running;

    public int Overdue => inner.Overdue;

    public ValueTask DisposeAsync() => session.StopAsync(inner.DisposeAsync);
}
