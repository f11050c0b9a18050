using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Tests.Checkers;

/// <summary>Each checker passes a clean history, and reports the one thing that is wrong with another.</summary>
public sealed class CheckerTests
{
    /// <summary>A run with a batch, a retry, a dead letter, a schedule, a crash and a rest, in which all is well.</summary>
    private static readonly string[] _clean =
    [
        "1 0 Open Ok .",
        "2 0 Subscribe Ok d=q q=q .",
        "3 1 Send Invoked d=q m=a .", "4 1 Send Ok d=q m=a s=1 .",
        "5 1 Send Invoked d=q m=b b=x .", "6 1 Send Invoked d=q m=c b=x .", "7 1 Send Ok d=q m=b b=x s=2 .", "8 1 Send Ok d=q m=c b=x s=3 .",
        "9 1 Send Invoked d=q m=late u=60 .", "10 1 Send Ok d=q m=late u=60 .",
        "11 1 Send Invoked d=q m=never u=70 .", "12 1 Send Ok d=q m=never u=70 .", "13 1 Cancel Invoked m=never .", "14 1 Cancel Ok m=never .",
        "15 1 Send Invoked d=q m=refused .", "16 1 Send Failed d=q m=refused .",
        "20 2 Deliver Ok q=q m=a e=1 t=1 s=1 n=1 u=30 .", "21 2 Ack Invoked q=q m=a e=1 t=1 .", "22 2 Ack Ok q=q m=a e=1 t=1 .",
        "23 2 Deliver Ok q=q m=b e=1 t=2 s=2 n=1 u=40 .", "24 2 Nack Invoked q=q m=b e=1 t=2 .", "25 2 Nack Ok q=q m=b e=1 t=2 n=1 u=35 .",
        "26 2 Deliver Ok q=q m=c e=1 t=3 s=3 n=1 u=36 .", "37 3 Deliver Ok q=q m=c e=1 t=4 s=3 n=2 f=1 u=50 .",
        "38 2 Ack Invoked q=q m=c e=1 t=3 .", "39 2 Ack Failed q=q m=c e=1 t=3 .",
        "40 0 Crash Ok .", "41 0 Open Ok .",
        "42 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=2 f=1 u=80 .", "43 2 DeadLetter Ok q=q m=b e=2 t=1 f=2 x=limit=2 .",
        "44 2 Deliver Ok q=q m=c e=2 t=2 s=3 n=3 f=2 u=80 .", "45 2 Ack Ok q=q m=c e=2 t=2 .",
        "61 2 Deliver Ok q=q m=late e=2 t=3 s=4 n=1 u=90 .", "62 2 Ack Ok q=q m=late e=2 t=3 .",
        "63 0 Count Ok q=q x=accepted=6 acked=3 dead=1 ready=1 cancelled=1 store.dead=1 .",
        "64 0 Rest Ok q=q x=ready=0 leased=0 waiting=0 leases=0 timers=0 ranges=0 threads=9 base.threads=9 .",
    ];

    [Fact]
    public void Check_CleanHistory_FindsNothing() => Checker.Check(Read(_clean)).Should().BeEmpty();

    [Theory]
    [InlineData("I1", "3 1 Send Ok d=q m=lost s=9 .")]
    [InlineData("I2", "70 2 Deliver Ok q=q m=nobody e=2 t=9 s=9 n=1 .")]
    [InlineData("I2", "70 2 Deliver Ok q=q m=refused e=2 t=9 s=9 n=1 .")]
    [InlineData("I2", "70 2 Deliver Ok q=q m=never e=2 t=9 s=9 n=1 .")]
    [InlineData("I3", "70 2 Deliver Ok q=q m=a e=2 t=9 s=1 n=2 u=99 .")]
    [InlineData("I4", "62 2 Deliver Ok q=q m=late e=2 t=4 s=4 n=2 u=99 .")]
    [InlineData("I6", "70 2 Ack Ok q=q m=c e=1 t=3 .")]
    [InlineData("I6", "70 2 Ack Ok q=q m=c e=2 t=2 .")]
    [InlineData("I7", "70 0 Rest Ok q=q x=ready=0 waiting=1 .")]
    [InlineData("I7", "70 0 Found Ok q=q m=late x=leased .")]
    [InlineData("I8", "70 0 Count Ok q=q x=accepted=6 acked=3 dead=1 .")]
    [InlineData("I8", "70 0 Count Ok q=q x=acked=1 .")]
    [InlineData("I8", "70 0 Count Ok q=q x=acked=3 dead=1 store.dead=2 .")]
    [InlineData("I10", "70 2 Deliver Ok q=q m=b e=2 t=9 s=2 n=3 f=2 .")]
    [InlineData("I10", "70 2 DeadLetter Ok q=q m=late e=2 t=3 f=1 x=limit=2 .")]
    [InlineData("I11", "70 2 Deliver Ok q=q m=c e=2 t=9 s=8 n=4 f=2 .")]
    [InlineData("I12", "5 1 Send Unknown d=q m=half b=x .")]
    [InlineData("I13", "70 0 Rest Ok q=q x=leases=1 .")]
    [InlineData("I13", "70 0 Rest Ok q=q x=threads=10 base.threads=9 .")]
    public void Check_HistoryWithOneContradiction_FindsIt(string invariant, string line) =>
        Checker.Check(Read([.. _clean, line])).Select(violation => violation.Invariant).Should().Contain(invariant);

    [Fact]
    public void Check_DeliveriesAndFailuresToldOfLate_FindsNothing()
    {
        string[] lines =
        [
            "1 1 Send Invoked d=q m=a .", "2 1 Send Ok d=q m=a s=1 .",
            "30 3 Deliver Ok q=q m=a e=1 t=2 s=1 n=2 f=1 u=60 .", "31 2 Deliver Ok q=q m=a e=1 t=1 s=1 n=1 u=20 .",
            "32 3 Nack Invoked q=q m=a e=1 t=2 .", "33 3 Redrive Invoked q=q m=a .", "34 3 DeadLetter Ok q=q m=a e=1 t=2 n=2 f=1 .",
            "35 3 Deliver Ok q=q m=a e=1 t=3 s=2 n=1 u=65 .", "36 3 Ack Ok q=q m=a e=1 t=3 .",
        ];

        Checker.Check(Read(lines)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("I9", "61 2 Deliver Ok q=q m=late e=2 t=3 s=4 n=1 u=90 .", "59 2 Deliver Ok q=q m=late e=2 t=3 s=4 n=1 u=90 .")]
    [InlineData("I9", "42 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=2 f=1 u=80 .", "34 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=2 f=1 u=80 .")]
    [InlineData("I10", "42 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=2 f=1 u=80 .", "42 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=1 u=80 .")]
    [InlineData("I1", "45 2 Ack Ok q=q m=c e=2 t=2 .", "45 2 Ack Failed q=q m=c e=2 t=2 .")]
    public void Check_HistoryWithOneLineChanged_FindsIt(string invariant, string line, string changed) =>
        Checker.Check(Read([.. _clean.Select(l => l == line ? changed : l)])).Select(violation => violation.Invariant).Should().Contain(invariant);

    [Fact]
    public void NeverEarly_ClockThatIsSetForwards_IsExcusedOnlyWhereNoStoreCouldNoteIt()
    {
        string[] lines =
        [
            "100 1 Send Invoked d=q m=near u=120 .", "101 1 Send Invoked d=q m=far u=200 .", "105 0 SetClock Ok u=40 .",
            "106 1 Send Invoked d=q m=other .", "107 1 Send Ok d=q m=other s=1 .", "108 0 Crash Ok .", "109 0 Open Ok .",
            "110 2 Deliver Ok q=q m=near e=2 t=1 s=2 n=1 .", "111 2 Deliver Ok q=q m=far e=2 t=2 s=3 n=1 .",
        ];
        IEnumerable<string> Without(string part) => lines.Where(line => !line.Contains(part));

        new NeverEarly().Check(Read(lines)).Should().HaveCount(2, "the store knew of it when the other one was stored");
        new NeverEarly().Check(Read(Without("Send Ok"))).Should().ContainSingle("no store may have known").Which.Subject.Should().Be("far");
        new NeverEarly().Check(Read(lines.Select(line => line.Replace("107 1 Send Ok d=q m=other s=1", "107 0 SetClock Ok u=-90")))).Should()
            .ContainSingle("what is set back makes nothing early").Which.Subject.Should().Be("far");
        new NeverEarly().Check(Read(Without("Open").Where(line => !line.Contains("Send Ok")))).Should().HaveCount(2, "it comes to light at an opening only");
    }

    [Fact]
    public void NeverEarly_MessageThatIsRedrivenWhileItWaited_ComesAtOnce()
    {
        string[] lines =
        [
            "1 2 Deliver Ok q=s m=a e=1 t=7 s=1 n=1 .", "2 2 Nack Ok q=s m=a e=1 t=7 u=90 .", "3 0 Redrive Invoked q=s m=a .",
            "4 2 Deliver Ok q=s m=a e=1 t=8 s=1 n=1 .",
        ];

        new NeverEarly().Check(Read(lines)).Should().BeEmpty();
        new NeverEarly().Check(Read(lines.Where(line => !line.Contains("Redrive")))).Should().ContainSingle();
    }

    [Fact]
    public void NeverEarly_DeliveryToldOfLate_IsNotTheOneAfterTheFailure()
    {
        string[] lines =
        [
            "20 3 Deliver Ok q=s m=a e=1 t=8 s=1 n=2 f=1 u=60 .", "21 3 Nack Ok q=s m=a e=1 t=8 n=2 f=1 u=90 .",
            "22 2 Deliver Ok q=s m=a e=1 t=7 s=1 n=1 u=19 .", "90 3 Deliver Ok q=s m=a e=1 t=9 s=1 n=3 f=2 u=99 .",
        ];

        new NeverEarly().Check(Read(lines)).Should().BeEmpty();
        new NeverEarly().Check(Read(lines.Select(line => line.Replace("90 3 Deliver", "89 3 Deliver")))).Should().ContainSingle()
            .Which.Events[^1].Token.Should().Be(9);
    }

    [Fact]
    public void LeaseExclusivity_SubscriptionThatWasDeleted_BeginsWithNewTokens()
    {
        string[] lines =
        [
            "1 2 Deliver Ok q=s m=a e=1 t=7 s=1 n=1 .", "2 2 Ack Ok q=s m=a e=1 t=7 .", "3 0 Unsubscribe Ok q=s .",
            "4 0 Subscribe Ok d=t q=s .", "5 2 Deliver Ok q=s m=b e=1 t=7 s=2 n=1 .", "6 2 Ack Ok q=s m=b e=1 t=7 .", "7 0 Count Ok q=s x=acked=1 .",
        ];

        new LeaseExclusivity().Check(Read(lines)).Should().BeEmpty();
        new Accounting().Check(Read(lines)).Should().BeEmpty();
        string[] kept = [.. lines.Where(line => !line.Contains("Unsubscribe"))];
        new LeaseExclusivity().Check(Read(kept)).Should().ContainSingle();
        new Accounting().Check(Read(kept)).Should().ContainSingle();
    }

    [Fact]
    public void Atomicity_DeadLetterThatWasDeleted_WasThere()
    {
        string[] lines =
        [
            "1 1 Send Ok d=q m=a b=x s=1 .", "2 1 Send Ok d=q m=b b=x s=2 .", "3 2 Deliver Ok q=q m=a e=1 t=1 s=1 n=1 .", "4 2 Ack Ok q=q m=a e=1 t=1 .",
            "5 3 Purge Invoked q=q m=b .", "6 0 Rest Ok q=q .",
        ];

        new Atomicity().Check(Read(lines)).Should().BeEmpty();
        new Atomicity().Check(Read(lines.Where(line => !line.Contains("Purge")))).Should().ContainSingle();
    }

    [Fact]
    public void KeyOrder_LaterOneOfAKeyFirst_IsFound()
    {
        string[] clean = ["1 1 Deliver Ok q=q m=a k=k s=1 t=1 .", "2 1 Ack Ok q=q m=a k=k s=1 t=1 .", "3 1 Deliver Ok q=q m=b k=k s=2 t=2 ."];

        new KeyOrder().Check(Read(clean)).Should().BeEmpty();
        new KeyOrder().Check(Read([clean[0], clean[2]])).Should().ContainSingle();
        new KeyOrder().Check(Read([clean[2], clean[0]])).Should().NotBeEmpty();
    }

    [Fact]
    public void NoAcknowledgedLoss_SubscriptionThatCameLaterOrWent_IsNotAsked()
    {
        string[] lines =
        [
            "1 0 Subscribe Ok d=t q=one .", "2 0 Subscribe Ok d=t q=gone .", "3 1 Send Invoked d=t m=a .", "4 1 Send Ok d=t m=a s=1 .",
            "5 0 Subscribe Ok d=t q=late .", "6 0 Unsubscribe Ok q=gone .", "7 1 Ack Ok q=one m=a .",
        ];

        new NoAcknowledgedLoss().Check(Read(lines)).Should().BeEmpty();
        new NoAcknowledgedLoss().Check(Read(lines[..^1])).Should().ContainSingle();
    }

    private static History Read(IEnumerable<string> lines)
    {
        var history = new History();
        foreach (string line in lines)
        {
            history.AddLine(line).Should().BeTrue($"'{line}' is a whole line");
        }

        return history;
    }
}
