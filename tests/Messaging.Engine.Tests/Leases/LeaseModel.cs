using Messaging.Dispatch;
using Messaging.Engine.Tests.State;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Engine.Tests.Leases;

/// <summary>A lease table beside a plain dictionary of what is held.</summary>
internal sealed class LeaseModel
{
    private readonly Random _random;
    private readonly SubscriptionState _state = new Shelf().State;
    private readonly LeaseList[] _lists = [new(10, null), new(50, null), new(50, null)];
    private readonly Dictionary<long, (LeaseList List, long Sequence, long Deadline, long RenewUntil)> _held = [];
    private readonly List<long> _stale = [];
    private long _now;
    private long _sequence;

    public LeaseModel(int seed)
    {
        _random = new Random(seed);
        foreach (LeaseList list in _lists)
        {
            _state.InHand.Leases.Held.Add(list);
        }
    }

    public void Step()
    {
        switch (_random.Next(100))
        {
            case < 45:
                Grant();
                break;
            case < 70:
                Release();
                break;
            case < 80:
                Move();
                break;
            case < 84:
                TakeOne();
                break;
            default:
                Expire();
                break;
        }
    }

    public void Verify()
    {
        _state.InHand.Leases.Count.Should().Be(_held.Count);
        if (_random.Next(2) == 0)
        {
            _state.Look(whole: true);
            _state.InHand.Leases.Leased.Should().Be(_held.Count);
            _state.InHand.Leases.NextDeadline().Should().Be(_held.Count == 0 ? long.MaxValue : _held.Values.Min(lease => lease.Deadline));
        }

        if (_stale.Count > 0)
        {
            _state.InHand.Leases.TryRelease(_stale[_random.Next(_stale.Count)], out _).Should().BeFalse();
        }
    }

    private void Grant()
    {
        LeaseList list = _lists[_random.Next(_lists.Length)];
        long renewUntil = _random.Next(3) == 0 ? _now + _random.Next(100) : 0;
        long number = _state.InHand.Leases.Offer(new Buffered(null!, ++_sequence, default, 1, 0));
        _state.InHand.Leases.Grant(number, list, _now + list.Duration, renewUntil, lost: null);
        if (_random.Next(2) == 0)
        {
            _state.Look(whole: _random.Next(2) == 0);
        }

        _held.Should().NotContainKey(number);
        _stale.Should().NotContain(number);
        _held.Add(number, (list, _sequence, _now + list.Duration, renewUntil));
    }

    private void Release()
    {
        if (_held.Count > 0)
        {
            long number = AnyHeld();
            _state.InHand.Leases.TryRelease(number, out Lease lease).Should().BeTrue();
            End(number, lease);
        }
    }

    private void Move()
    {
        if (_held.Count > 0)
        {
            long number = AnyHeld();
            long deadline = _now + _random.Next(80);
            _state.InHand.Leases.Move(ref _state.InHand.Leases.Find(number), deadline);
            _held[number] = _held[number] with { Deadline = deadline };
        }
    }

    private void TakeOne()
    {
        LeaseList list = _lists[_random.Next(_lists.Length)];
        bool any = _held.Values.Any(held => held.List == list);
        _state.Look(whole: true);
        _state.InHand.Leases.TryTake(list, out Lease lease).Should().Be(any);
        if (any)
        {
            lease.Deadline.Should().Be(_held.Values.Where(held => held.List == list).Min(held => held.Deadline));
            End(lease.Number, lease);
        }
    }

    private void Expire()
    {
        _now += _random.Next(20);
        _state.Look(whole: true);
        var last = new Dictionary<LeaseList, long>();
        while (_state.InHand.Leases.TryTakeExpired(_now, out Lease lease))
        {
            lease.Deadline.Should().BeInRange(last.GetValueOrDefault(lease.List), _now);
            lease.RenewUntil.Should().BeLessThanOrEqualTo(_now);
            last[lease.List] = lease.Deadline;
            End(lease.Number, lease);
        }

        foreach ((long number, var held) in _held.Where(pair => pair.Value.Deadline <= _now).ToArray())
        {
            held.RenewUntil.Should().BeGreaterThan(_now, "all others have ended");
            _held[number] = held with { Deadline = Math.Min(_now + held.List.Duration, held.RenewUntil) };
        }
    }

    private void End(long number, in Lease lease)
    {
        lease.Number.Should().Be(number);
        _held.Remove(number, out var held).Should().BeTrue();
        (lease.List, lease.Item.Sequence, lease.Deadline, lease.RenewUntil).Should().Be(held);
        _stale.Add(number);
    }

    private long AnyHeld() => _held.Keys.ElementAt(_random.Next(_held.Count));
}
