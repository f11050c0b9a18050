using Messaging.Diagnostics;
using Messaging.Testing.Calls;
using Messaging.Testing.Following;

namespace Messaging.Testing.Tested;

/// <summary>A loop over deliveries. It counts as runnable from the hand-over of one to its return for the next, but while it waits for virtual time
/// or the broker. From its first move to its end it stands in for the handler or loop that it is a part of.</summary>
internal sealed class TestedDeliveryEnumerator<T> : IAsyncEnumerator<Delivery<T>>
{
    private readonly BrokerSession _session;
    private readonly string _subscription;
    private readonly IAsyncEnumerator<Delivery<T>> _inner;
    private readonly Activity? _outer;
    private readonly Activity _activity;

    // In code that a test has started, whoever enumerates may be a helper that gives the delivery to others.
    private readonly FollowedFlow? _flow;
    private bool _standsIn;
    private bool _holds;

    public TestedDeliveryEnumerator(BrokerSession session, string subscription, IAsyncEnumerator<Delivery<T>> inner)
    {
        _session = session;
        _subscription = subscription;
        _inner = inner;
        FollowedFlow? flow = FollowedCode.Enter();
        flow?.Receive();
        _outer = Activity.Current;
        _activity = flow?.Code is { } code ? _flow = code.NewFlow() : session.Activities.Start();
        Activity.Current = _activity;
    }

    public Delivery<T> Current { get; private set; }

    public ValueTask<bool> MoveNextAsync() => _session.CallAsync(GoOnAsync);

    public ValueTask DisposeAsync()
    {
        // Set before the first wait, for the code that comes after the loop.
        if (Activity.Current == _activity)
        {
            Activity.Current = _outer;
        }

        return _session.CallAsync(EndAsync);
    }

    private async ValueTask EndAsync()
    {
        try
        {
            await _inner.DisposeAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            GiveBack();
            LetGo();
            _session.Activities.Forget(_activity);
        }
    }

    private async ValueTask<bool> GoOnAsync()
    {
        if (!_standsIn)
        {
            _standsIn = true;
            _ = _outer?.WaitFor();
        }

        // The loop has come back; its next delivery is a new one.
        LetGo();
        bool more = false;
        try
        {
            more = await _inner.MoveNextAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            if (!more)
            {
                GiveBack();
            }
        }

        if (!more)
        {
            return false;
        }

        Delivery<T> delivery = _inner.Current;
        var name = new DeliveryName(_subscription, delivery.MessageId, delivery.Attempt);
        if (_flow is not null)
        {
            _flow.Hold(name);
        }
        else
        {
            _activity.Begin(name);
        }

        _holds = true;
        if (_session.BeforeDelivery is { } before)
        {
            await before(_subscription, delivery.Token).ConfigureAwait(WorkContext.IsCurrent);
        }

        Current = CalledSettler<T>.Wrap(_session, delivery, _flow);
        return true;
    }

    private void LetGo()
    {
        _activity.End();
        if (_holds)
        {
            _flow?.Release();
        }

        _holds = false;
    }

    private void GiveBack()
    {
        if (_standsIn)
        {
            _standsIn = false;
            _outer?.GoOn();
        }
    }
}
