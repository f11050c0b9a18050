using Messaging.State;

namespace Messaging.Engine.Tests.State;

/// <summary>A copy of <see cref="Demand.Serve"/> with one flaw, to show that the model of interleavings finds it.</summary>
internal sealed class FlawedDemand(DemandFlaw flaw) : DemandSubject
{
    private bool _isParked;
    private bool _isHungry;
    private bool _isFull;

    public override bool IsHungry => _isHungry;

    public override bool IsFull => _isFull;

    public override void Park() => _isParked = true;

    public override void NoteFull() => _isFull = true;

    public override bool Serve(ISupply supply)
    {
        if (flaw != DemandFlaw.ClearsFullLate)
        {
            _isFull = false;
        }

        bool goesOn;
        do
        {
            if (supply.TryFill() && _isParked)
            {
                if (flaw != DemandFlaw.WakesNobody)
                {
                    supply.Wake();
                }

                _isParked = false;
            }

            goesOn = flaw == DemandFlaw.LooksBeforeHungry && supply.HasRoom && supply.HasFresh();
            _isHungry = _isParked;
            goesOn = _isParked && (flaw == DemandFlaw.LooksBeforeHungry ? goesOn : flaw != DemandFlaw.LooksNoMore && supply.HasRoom && supply.HasFresh());
        }
        while (goesOn);

        if (flaw == DemandFlaw.ClearsFullLate)
        {
            _isFull = false;
        }

        bool isNarrow = _isParked && !supply.HasRoom;
        return (isNarrow && flaw != DemandFlaw.ForgetsTaken && supply.HasTaken()) || (_isFull && flaw != DemandFlaw.ForgetsAcked && supply.HasAcked());
    }
}
