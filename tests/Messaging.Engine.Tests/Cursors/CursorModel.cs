using Messaging.Cursors;

namespace Messaging.Engine.Tests.Cursors;

/// <summary>A cursor beside the plainest description of it: which numbers are settled, and which are in hands.</summary>
internal sealed class CursorModel(int seed)
{
    private readonly Random _random = new(seed);
    private readonly HashSet<long> _settled = [];
    private readonly HashSet<long> _taken = [];
    private readonly Dictionary<long, RetryCounts> _counts = [];
    private CursorState _state = new(1);
    private long _end = 1;
    private long _suspendedAt = long.MaxValue;

    // What a cursor collects.
    private long End => Math.Min(_end, _suspendedAt);

    public void Step()
    {
        switch (_random.Next(100))
        {
            case < 30:
                _end += _random.Next(3);
                break;
            case < 60:
                Take();
                break;
            case < 90:
                SettleOne();
                break;
            case < 97:
                Fail();
                break;
            case < 99:
                SuspendOrResume();
                break;
            default:
                Recover();
                break;
        }
    }

    public void SettleAll()
    {
        if (_suspendedAt != long.MaxValue)
        {
            SuspendOrResume();
        }

        while (_settled.Count < _end - 1)
        {
            Take();
            SettleOne();
        }

        _state.Floor.Should().Be(_end);
        _state.InHands.Should().Be(0);
        _state.AckedAbove.Should().Be(0);
    }

    public void Verify()
    {
        long floor = 1;
        while (_settled.Contains(floor))
        {
            floor++;
        }

        // Plain asserts: they run thousands of times.
        Assert.Equal(floor, _state.Floor);
        Assert.Equal(_settled.Count(number => number > floor), _state.AckedAbove);
        Assert.Equal(_taken.Count(number => number < _state.Next), _state.InHands);
        Assert.True(_state.Counts.Count == _counts.Count && _counts.All(pair => _state.CountsOf(pair.Key) == pair.Value));
        long any = _random.NextInt64(1, _end + 1);
        Assert.Equal(_settled.Contains(any), _state.IsSettled(any));
    }

    private void Take()
    {
        long[] open = [.. Numbers().Where(number => !_settled.Contains(number) && !_taken.Contains(number)).Take(1)];
        _state.SeekNext(End).Should().Be(open.Length == 1);
        if (open.Length == 1)
        {
            _state.Take().Should().Be(open[0]);
            _taken.Add(open[0]);
        }
    }

    private void SettleOne()
    {
        if (_taken.Count == 0)
        {
            return;
        }

        long number = _taken.ElementAt(_random.Next(_taken.Count));
        bool moves = number == _state.Floor;
        _state.Settle(number).Should().Be(moves);
        _taken.Remove(number);
        _counts.Remove(number);
        _settled.Add(number);
    }

    private void Fail()
    {
        if (_taken.Count > 0)
        {
            long number = _taken.ElementAt(_random.Next(_taken.Count));
            RetryCounts old = _state.CountsOf(number);
            _counts[number] = new RetryCounts(old.Attempts + 1, old.Failures + 1, _random.Next(1_000));
            _state.SetCounts(number, _counts[number]);
        }
    }

    /// <summary>Reads the state back from its bytes: what waits stays in hands, the rest is taken anew.</summary>
    private void Recover()
    {
        _state = CursorCodec.Read(CursorBytes.Of(_state, []), closedCleanly: true, out long next, out _);
        next.Should().BeLessThanOrEqualTo(_end);
        _taken.Clear();
        _taken.UnionWith(_counts.Keys);
    }

    /// <summary>Stops collecting at the end, or before it what nobody has seen; or collects again, and what passed by is settled.</summary>
    private void SuspendOrResume()
    {
        if (_suspendedAt == long.MaxValue)
        {
            long first = Math.Max(_state.Next, 1 + _settled.Concat(_taken).DefaultIfEmpty().Max());
            _suspendedAt = _random.NextInt64(first, _end + 1);
            _state.Suspend(_suspendedAt);
            return;
        }

        for (long number = _suspendedAt; number < _end; number++)
        {
            _settled.Add(number);
        }

        _suspendedAt = long.MaxValue;
        _state.Resume(_end);
    }

    private IEnumerable<long> Numbers()
    {
        for (long number = 1; number < End; number++)
        {
            yield return number;
        }
    }
}
