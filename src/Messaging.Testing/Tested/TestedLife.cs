using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Testing.Calls;
using Messaging.Testing.Faults;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>A broker from its opening to its crash.</summary>
internal sealed class TestedLife
{
    private readonly SerialWork _work;
    private readonly FaultPlan _faults;
    private readonly EngineObserver _observer;
    private readonly MessageBroker _broker;
    private readonly FaultStore _store;
    private readonly CancellationTokenSource _end;
    private int _crashed;
    private int _abandoned;

    private TestedLife(
        SerialWork work, FaultPlan faults, BrokerSession session, EngineObserver observer, MessageBroker broker, FaultStore store, CancellationTokenSource end)
    {
        _work = work;
        _faults = faults;
        Session = session;
        _observer = observer;
        _broker = broker;
        _store = store;
        _end = end;
        Front = new TestedBroker(session, broker);
        session.BeforeDelivery = HoldUpAsync;
    }

    public BrokerSession Session { get; }

    public IMessageBroker Front { get; }

    public bool HasCrashed => Volatile.Read(ref _crashed) != 0;

    /// <summary>Opens a broker, and hands it over before it does anything on its own account, such as the commit that follows an opening.</summary>
    public static async ValueTask OpenAsync(
        IMessageStore inner, BrokerOptions options, SerialWork work, FaultPlan faults, BrokerSession session, Action<TestedLife> opened)
    {
        bool isOpen = false;
        VirtualTime time = session.Time;
        var end = new CancellationTokenSource();
        var store = new FaultStore(inner, faults)
        {
            Wait = by =>
            {
                if (isOpen)
                {
                    return work.Count.DelayAsync(by, time, end.Token);
                }

                // Nothing else is there that could happen meanwhile.
                time.MoveTo(time.GetTimestamp() + by.Ticks);
                return ValueTask.CompletedTask;
            },
        };
        var observer = new EngineObserver(session.Recorder) { Ended = session.Held.Release };
        await session.CallAsync(async () =>
        {
            MessageBroker broker = await MessageBroker.OpenAsync(
                new CountedStore(store, work.Count), options with { TimeProvider = time, Work = work, Observer = observer }).ConfigureAwait(WorkContext.IsCurrent);

            // Here, and not on the caller's thread: what the broker begins next belongs to this life.
            isOpen = true;
            session.Recorder.Add(session.Recorder.New(ObservationKind.Opened));
            opened(new TestedLife(work, faults, session, observer, broker, store, end));
        }).ConfigureAwait(false);
    }

    public bool EndLease(string subscription, DeliveryToken token) => Session.Call(() => _broker.EndLease(subscription, token));

    /// <summary>Ends it as the death of the process would.</summary>
    public async Task CrashAsync()
    {
        Session.Call(() =>
        {
            CutOff();
            Abandon();
        });
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends it as the death of the process would, even if user code blocks the thread of all.</summary>
    public async Task EndAsync()
    {
        CutOff();
        await Session.TryCallAsync(Abandon).ConfigureAwait(false);

        // What a blocked handler waits for may be its own token, which is cancelled now.
        Abandon();
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Crashes where the faults have it so. The engine may hold a lock at this place: so its store is cut off at once, and the rest follows.</summary>
    public void OnCrashPoint(string point)
    {
        if (!HasCrashed && _faults.Judge.CrashesAt(point) && CutOff())
        {
            _work.Run(Abandon);
        }
    }

    /// <summary>Lets nothing that happens from now on reach the store, or be seen.</summary>
    private bool CutOff()
    {
        if (Interlocked.Exchange(ref _crashed, 1) != 0)
        {
            return false;
        }

        _store.Sever();
        _observer.End();
        _broker.Silence();
        Session.Recorder.Add(Session.Recorder.New(ObservationKind.Crashed));
        return true;
    }

    private void Abandon()
    {
        if (Interlocked.Exchange(ref _abandoned, 1) == 0)
        {
            Session.Activities.End();
            _broker.Abandon(new StoreException("The broker's process has ended, as the test wanted it.") { MustReopen = true });

            // A commit that is held up by a fault ends, too, and those who wait for it.
            _end.Cancel();
        }
    }

    /// <summary>Does to a delivery what the faults say, before its handler or loop has it.</summary>
    private async ValueTask HoldUpAsync(string subscription, DeliveryToken token)
    {
        (bool losesLease, TimeSpan slowness) = _faults.Judge.JudgeDelivery(subscription);
        if (losesLease)
        {
            _broker.EndLease(subscription, token);
        }

        if (slowness > TimeSpan.Zero)
        {
            await Task.Delay(slowness, Session.Time).ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
