using Messaging.State;

namespace Messaging.Engine.Tests.State;

/// <summary>A supply in memory in which other parties act at the moments that a script names: before and after each call of its demand.</summary>
/// <remarks>Each party does what it does at one moment, and asks the demand's flag at the same or a later one. Who sees the flag takes the lock
/// afterwards, settles and has the supply asked again.</remarks>
internal sealed class ScriptedSupply(DemandSubject demand, SupplyStart start, IReadOnlyList<PartyStep> script) : ISupply
{
    private int _moment;
    private int _done;
    private int _fresh = start.Fresh;
    private int _exceptions = start.Exceptions;
    private int _offered = start.Offered;
    private int _taken = start.Taken;
    private int _acked;
    private bool _isCalled;
    private bool _isWoken;
    private bool _hasFilled;

    /// <summary>Gets the number of moments that have passed.</summary>
    public int Moments => _moment;

    public bool HasRoom => Between(() => HasRoomNow);

    private bool HasRoomNow => _offered + _taken + _acked < start.Capacity;

    private bool MayTake => _exceptions < start.MaxExceptions;

    public bool TryFill() => Between(Fill);

    public bool HasFresh() => Between(() => _fresh > 0 && MayTakeOrNote());

    public bool HasTaken() => Between(() => _taken + _acked > 0);

    public bool HasAcked() => Between(() => _acked > 0);

    public void Wake() => Between(() => _isWoken = true);

    /// <summary>Serves once, lets every party come to its end, and then does what somebody has seen that must be done.</summary>
    /// <returns>Whether a consumer waits on though there is something for it.</returns>
    public bool LosesWakeUp()
    {
        if (start.IsParked)
        {
            demand.Park();
        }

        bool settlesSoon = demand.Serve(this);
        while (_done < script.Count)
        {
            Pass();
        }

        for (int rounds = 0; settlesSoon || _isCalled; rounds++)
        {
            rounds.Should().BeLessThan(10, "there is nothing new");
            _isCalled = false;
            Settle();
            settlesSoon = demand.Serve(this);
        }

        Settle();
        return start.IsParked && !_isWoken && (_hasFilled || (_fresh > 0 && HasRoomNow && MayTake));
    }

    private bool Fill()
    {
        bool any = false;
        while (HasRoomNow && _fresh > 0 && MayTakeOrNote())
        {
            _fresh--;
            _offered++;
            any = true;
        }

        _hasFilled |= any;
        return any;
    }

    private bool MayTakeOrNote()
    {
        if (!MayTake)
        {
            demand.NoteFull();
        }

        return MayTake;
    }

    // What was taken is not offered any more, and an ack makes room among the exceptions.
    private void Settle()
    {
        _exceptions -= Math.Min(_exceptions, _acked);
        _taken = _acked = 0;
    }

    private T Between<T>(Func<T> call)
    {
        Pass();
        T result = call();
        Pass();
        return result;
    }

    private void Pass()
    {
        for (; _done < script.Count && script[_done].Moment <= _moment; _done++)
        {
            Do(script[_done]);
        }

        _moment++;
    }

    private void Do(in PartyStep step)
    {
        switch (step.Action)
        {
            case PartyAction.Append:
                _fresh++;
                break;
            case PartyAction.Take when _offered > 0:
                _offered--;
                _taken++;
                break;
            case PartyAction.Acknowledge when _taken > 0:
                _taken--;
                _acked++;
                break;
            case PartyAction.AskHungry:
                _isCalled |= demand.IsHungry;
                break;
            case PartyAction.AskFull:
                _isCalled |= demand.IsFull;
                break;
            default:
                break;
        }
    }
}
