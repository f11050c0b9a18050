using Messaging.Bounds;

namespace Messaging.Engine.Tests.Bounds;

public sealed class RoomTicketTests
{
    private readonly Backlog _entered = New("billing", BacklogAction.Block);
    private readonly Backlog _later = New("shipping", BacklogAction.Block);
    private readonly Backlog _evicting = New("audit", BacklogAction.DropOldest);

    [Fact]
    public void Default_InALog_CountsInAllBacklogsOfItsReaders()
    {
        RoomTicket ticket = default;

        ticket.Join([_entered, _evicting], count: 2, bytes: 10);
        ticket.Leave([_entered, _evicting], count: 2, bytes: 10);

        Held(_entered).Should().Be((2, 10));
        Held(_evicting).Should().Be((2, 10));
    }

    [Fact]
    public void Join_ReadersAreThoseThatWereEntered_CountsInThoseThatDoNotAsk()
    {
        RoomTicket ticket = Enter(out Backlog[] backlogs);

        ticket.Join(backlogs, count: 1, bytes: 5);
        ticket.Leave(backlogs, count: 1, bytes: 5);

        Held(_entered).Should().Be((1, 5), "the send has entered it");
        Held(_evicting).Should().Be((1, 5), "it does not ask, so nobody enters it before");
    }

    [Fact]
    public void Leave_ReadersHaveChanged_GivesBackWhereTheMessageDoesNotCount()
    {
        RoomTicket ticket = Enter(out _);
        Backlog[] present = [_later];

        ticket.Join(present, count: 1, bytes: 5);
        ticket.Leave(present, count: 1, bytes: 5);

        Held(_entered).Should().Be((0, 0));
        Held(_later).Should().Be((1, 5));
    }

    [Fact]
    public void Leave_MessageWasNotSent_GivesBackAllThatWasEntered()
    {
        RoomTicket ticket = Enter(out _);

        ticket.Leave([], count: 1, bytes: 5);

        Held(_entered).Should().Be((0, 0));
        Held(_evicting).Should().Be((0, 0));
    }

    private static Backlog New(string subscription, BacklogAction action) =>
        new(subscription, new BacklogLimit { MaxMessages = 10, Action = action }, static () => true);

    private static (long Messages, long Bytes) Held(Backlog backlog) => (backlog.Messages.Held, backlog.Bytes.Held);

    private RoomTicket Enter(out Backlog[] backlogs)
    {
        backlogs = [_entered, _evicting];
        _entered.Add(1, 5);
        return new RoomTicket(backlogs);
    }
}
