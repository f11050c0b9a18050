using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class LastUseTests
{
    private readonly LastUse _use = new(created: 1_000);

    [Theory]
    [InlineData(900, 2_000, 1_000)]
    [InlineData(1_500, 2_000, 1_500)]
    [InlineData(2_500, 2_000, 2_000)]
    public void NoteGrant_AheadOfTheClockOrBehind_NeverGoesBackNorAhead(long granted, long now, long expected)
    {
        _use.NoteGrant(granted, now);

        _use.At.Should().Be(expected);
    }

    [Fact]
    public void IsWorthStoring_OnceStored_OnlyAfterAMillisecondMore()
    {
        _use.At = 50 * TimeSpan.TicksPerMillisecond;
        _use.IsWorthStoring.Should().BeTrue();
        _use.NoteStored();
        _use.IsWorthStoring.Should().BeFalse();

        _use.At = (51 * TimeSpan.TicksPerMillisecond) - 1;
        _use.IsWorthStoring.Should().BeFalse();
        _use.At = 51 * TimeSpan.TicksPerMillisecond;
        _use.IsWorthStoring.Should().BeTrue();
    }

    [Fact]
    public void Recover_OfSeveralCursors_TakesTheLatestThoughItIsBeforeTheOpening()
    {
        _use.Recover(300);
        _use.At.Should().Be(300, "the opening is no use");
        _use.Recover(500);
        _use.Recover(400);

        (_use.At, _use.IsWorthStoring).Should().Be((500, false));
    }

    [Fact]
    public void Recover_OfAStateThatDoesNotSay_ChangesNothing()
    {
        _use.Recover(0);

        _use.At.Should().Be(1_000);
    }
}
