using Messaging.State;

namespace Messaging.Engine.Tests.Subscriptions;

public sealed class DeadLetteringTests : IDisposable
{
    private readonly AskedPolicy _policy = new();
    private readonly Bench _bench;

    public DeadLetteringTests() => _bench = new Bench(new SubscriptionOptions { Retry = _policy, DeadLetterCapacity = 1 });

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void GiveUp_NoRoomAndAPolicyOfTheUsers_IsLoggedHoweverLongThePolicyTakes()
    {
        bool isAsked = false;
        _policy.Asked = () => isAsked = true;
        _bench.Subscription.DeadLetters.TryReserve(1).Should().BeTrue();
        _bench.Append(1);

        GiveUp(_bench.BeginMove()).Should().Be(Settlement.Nacked);
        (_bench.Work.Count, isAsked).Should().Be((2, false), "the policy is asked and the line written elsewhere, and neither waits for the other");
        _bench.Work.RunAll();

        isAsked.Should().BeTrue();
        _bench.Logger.Lines.Should().ContainSingle();
        _bench.State.InHand.Redelivery.WaitingCount.Should().Be(1);
    }

    [Fact]
    public void GiveUp_OneRoomForTwo_MovesTheFirstAndHoldsTheOther()
    {
        _bench.Append(2);
        Move first = _bench.BeginMove();
        Move second = _bench.BeginMove();

        GiveUp(first).Should().Be(Settlement.DeadLettered);
        GiveUp(second).Should().Be(Settlement.Nacked);
        _bench.Work.RunAll();

        (_bench.Subscription.DeadLetters.Count, _bench.State.InHand.Moving, _bench.State.InHand.Redelivery.WaitingCount).Should().Be((1, 0, 1));
        _bench.Cursor.State.Floor.Should().Be(2);
    }

    private Settlement GiveUp(Move move)
    {
        _bench.Subscription.Parts.DeadLettering.GiveUp(move, DeadLetterReason.Rejected, "no", waits: false, out Settlement settlement);
        return settlement;
    }
}
