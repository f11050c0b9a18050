using Messaging.Testing.Histories;

namespace Messaging.Testing.Tests.Histories;

/// <summary>A history is what was told, also as text.</summary>
public sealed class HistoryTests
{
    private static readonly HistoryEvent _full = new()
    {
        Time = 5, Client = 3, Operation = HistoryOperation.Nack, Outcome = HistoryOutcome.Unknown, Destination = "d", Subscription = "q",
        Message = "m-1", Batch = "b", Key = "k", Epoch = 7, Token = 1L << 40, Sequence = 9, Attempt = 2, Failures = 1, Due = 11, Note = "a note = b",
    };

    [Fact]
    public void HistoryLine_WrittenAndRead_IsTheSame()
    {
        HistoryLine.TryRead(HistoryLine.Write(_full), out HistoryEvent? read).Should().BeTrue();

        read.Should().Be(_full);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("m=a x=b .")]
    [InlineData("100 %20 of it%")]
    [InlineData("a\r\nb\nc .\n .")]
    [InlineData(" . . ")]
    public void HistoryLine_ValueThatLooksLikeTheFormat_ComesBack(string value)
    {
        HistoryEvent happened = _full with { Message = value, Key = value, Note = value };
        string line = HistoryLine.Write(happened);

        HistoryLine.TryRead(line, out HistoryEvent? read).Should().BeTrue();

        read.Should().Be(happened);
        line.Should().NotContainAny("\n", "\r");
        ShouldNotBeReadWhenCut(line);
    }

    [Fact]
    public void HistoryLine_CutAnywhere_IsNotRead() => ShouldNotBeReadWhenCut(HistoryLine.Write(_full));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1 2 Send .")]
    [InlineData("1 2 Sent Ok .")]
    [InlineData("1 2 Send Maybe .")]
    [InlineData("one 2 Send Ok .")]
    [InlineData("1 2 Send Ok z=1 .")]
    [InlineData("1 2 Send Ok t=many .")]
    [InlineData("1 2 Send Ok n=99999999999 .")]
    [InlineData("1 2 Send Ok word .")]
    public void HistoryLine_OfAnotherForm_IsNotRead(string line)
    {
        new History().AddLine(line).Should().BeFalse();
        HistoryLine.TryRead(line, out HistoryEvent? read).Should().BeFalse();
        read.Should().BeNull();
    }

    [Fact]
    public void History_AsText_ComesBackByLoading()
    {
        var history = new History([_full, _full with { Message = "m 2" }, new HistoryEvent { Operation = HistoryOperation.Open }]);

        History.Load(new StringReader(history.ToString())).Events.Should().Equal(history.Events);
    }

    [Fact]
    public void Load_LineThatACrashCutOff_IsLeftOut()
    {
        string line = HistoryLine.Write(_full);

        History.Load(new StringReader($"{line}\n{line[..^4]}\n{line}\n{line[..10]}")).Events.Should().Equal(_full, _full);
    }

    [Fact]
    public void Load_WholeLineOfAnotherForm_IsRefusedWithItsNumber()
    {
        Action act = () => History.Load(new StringReader($"{HistoryLine.Write(_full)}\nnot an event .\n"));

        act.Should().Throw<FormatException>().WithMessage("Line 2 *not an event .");
    }

    [Fact]
    public void About_OneMessage_IsItsStoryWithWhatBrokeIt()
    {
        string[] lines =
        [
            "1 0 Open Ok .", "2 1 Send Ok d=q m=a s=1 .", "3 1 Send Ok d=q m=b s=2 .", "4 2 Deliver Ok q=q m=a e=1 t=1 s=1 n=1 .",
            "5 0 Crash Ok .", "6 0 Open Ok .", "7 2 Deliver Ok q=q m=b e=2 t=1 s=2 n=1 .", "8 2 Deliver Ok q=q m=a e=2 t=2 s=1 n=2 .",
        ];
        History history = History.Load(new StringReader(string.Join('\n', lines)));

        history.About("a").ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .Should().Equal(lines[0], lines[1], lines[3], lines[4], lines[5], lines[7]);
        history.Of(HistoryOperation.Crash, HistoryOperation.Send).Select(happened => happened.Time).Should().Equal(2, 3, 5);
    }

    [Fact]
    public void HistoryWriter_FromManyThreads_WritesWholeLinesInTheOrderOfTheirTimes()
    {
        using var output = new MemoryStream();
        var writer = new HistoryWriter(output, TimeProvider.System);

        Parallel.For(0, 1_000, i => writer.Write(_full with { Client = i, Note = "no line break" }));

        output.Position = 0;
        using var text = new StreamReader(output);
        History history = History.Load(text);
        history.Events.Select(happened => happened.Client).Order().Should().Equal(Enumerable.Range(0, 1_000));
        history.Events.Select(happened => happened.Time).Should().BeInAscendingOrder();
    }

    [Fact]
    public void HistoryWriter_OnVirtualTime_TellsItsTime()
    {
        using var output = new MemoryStream();
        var time = new VirtualTime();
        var writer = new HistoryWriter(output, time);
        long due = writer.Now + TimeSpan.FromSeconds(5).Ticks;

        time.Advance(TimeSpan.FromSeconds(5));
        writer.Write(_full);

        output.Position = 0;
        using var text = new StreamReader(output);
        History.Load(text).Events.Should().ContainSingle().Which.Time.Should().Be(due);
    }

    private static void ShouldNotBeReadWhenCut(string line)
    {
        for (int length = 0; length < line.Length; length++)
        {
            new History().AddLine(line[..length]).Should().BeFalse($"'{line[..length]}' was cut off");
        }
    }
}
