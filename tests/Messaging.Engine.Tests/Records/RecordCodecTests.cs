using System.Buffers;
using Messaging.Records;

namespace Messaging.Engine.Tests.Records;

public sealed class RecordCodecTests
{
    private static readonly byte[] _body = [1, 2, 3, 0, 255];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void Record_WithAnyExtras_IsReadAsItWasWritten(int which)
    {
        MessageExtras? extras = which == 0 ? null : Extras(which);

        RecordHead head = RecordCodec.ReadHead(Write(uint.MaxValue, long.MaxValue, extras));

        (head.Epoch, head.SentAt).Should().Be((uint.MaxValue, long.MaxValue));
        head.Body.ToArray().Should().Equal(_body);
        Verify(head.Extras, extras);
    }

    [Fact]
    public void Record_WithoutExtras_HasThirteenBytesOfHead() => Write(1, 2, null).Length.Should().Be(13 + _body.Length);

    [Fact]
    public void Record_WithAnEmptyBody_IsReadAsOne()
    {
        var output = new ArrayBufferWriter<byte>();
        RecordCodec.WriteHead(output, 1, 2, Extras(15));

        RecordCodec.ReadHead(output.WrittenMemory).Body.Length.Should().Be(0);
    }

    [Fact]
    public void Headers_OfAReadRecord_CannotBeChanged()
    {
        RecordHead head = RecordCodec.ReadHead(Write(1, 2, Extras(2)));

        head.Extras!.Headers!.Invoking(headers => headers["x"] = "y").Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Rewrite_WithOtherExtras_KeepsTheRest()
    {
        RecordHead head = RecordCodec.ReadHead(Write(7, 8, Extras(3)));

        RecordHead dead = RecordCodec.ReadHead(RecordCodec.Rewrite(head, head.Extras! with { Dead = Extras(4).Dead }));
        RecordHead alive = RecordCodec.ReadHead(RecordCodec.Rewrite(dead, dead.Extras! with { Dead = null }));
        RecordHead bare = RecordCodec.ReadHead(RecordCodec.Rewrite(dead, null));

        Verify(dead.Extras, Extras(7));
        Verify(alive.Extras, Extras(3));
        bare.Extras.Should().BeNull();
        foreach (RecordHead rewritten in (RecordHead[])[dead, alive, bare])
        {
            (rewritten.Epoch, rewritten.SentAt).Should().Be((7u, 8));
            rewritten.Body.ToArray().Should().Equal(_body);
        }
    }

    private static MessageExtras Extras(int which) => new()
    {
        Id = (which & 1) != 0 ? new MessageId(ulong.MaxValue, 3) : null,
        Headers = (which & 2) != 0 ? new MessageHeaders { ["key"] = "value", ["größe"] = "", ["e"] = new string('€', 200) } : null,
        Dead = (which & 4) != 0
            ? new DeadLetterNote(DeadLetterReason.RetriesExhausted, "It said „no“.", "orders", long.MaxValue, 12, 11, DateTime.MaxValue.Ticks)
            : null,
        Destination = (which & 8) != 0 ? "orders.eu" : null,
    };

    private static byte[] Write(uint epoch, long sentAt, MessageExtras? extras)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordCodec.WriteHead(output, epoch, sentAt, extras);
        output.Write(_body);
        return output.WrittenSpan.ToArray();
    }

    private static void Verify(MessageExtras? actual, MessageExtras? expected)
    {
        (actual is null).Should().Be(expected is null);
        (actual?.Id).Should().Be(expected?.Id);
        (actual?.Dead).Should().Be(expected?.Dead);
        (actual?.Destination).Should().Be(expected?.Destination);
        (actual?.Headers?.ToArray()).Should().BeEquivalentTo(expected?.Headers?.ToArray());
    }
}
