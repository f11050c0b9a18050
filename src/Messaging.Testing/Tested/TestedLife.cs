using Messaging.Storage;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>A broker from its opening to its crash.</summary>
internal sealed class TestedLife
{
    private readonly EngineObserver _observer;
    private readonly MessageBroker _broker;
    private readonly IMessageStore _store;

    private TestedLife(BrokerSession session, EngineObserver observer, MessageBroker broker, IMessageStore store)
    {
        Session = session;
        _observer = observer;
        _broker = broker;
        _store = store;
        Front = new TestedBroker(session, broker);
    }

    public BrokerSession Session { get; }

    public IMessageBroker Front { get; }

    public static async ValueTask<TestedLife> OpenAsync(
        IMessageStore store, BrokerOptions options, SerialWork work, ObservationRecorder recorder, RestWatch watch)
    {
        var session = new BrokerSession(work, recorder, watch);
        var observer = new EngineObserver(recorder);
        MessageBroker broker = await session.CallAsync(
            () => MessageBroker.OpenAsync(store, options with { Work = work, Observer = observer })).ConfigureAwait(false);
        recorder.Add(recorder.New(ObservationKind.Opened));
        return new TestedLife(session, observer, broker, store);
    }

    public bool EndLease(string subscription, DeliveryToken token) => Session.Call(() => _broker.EndLease(subscription, token));

    /// <summary>Ends it as the death of the process would.</summary>
    public async Task CrashAsync()
    {
        Session.Call(Sever);
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private void Sever()
    {
        _observer.End();
        Session.Recorder.Add(Session.Recorder.New(ObservationKind.Crashed));
        _broker.Abandon(new StoreException("The test let the broker's process end.") { MustReopen = true });
    }
}
