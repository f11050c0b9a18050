using System.Buffers;
using Messaging.Records;

namespace Messaging.Engine.Tests.Records;

public sealed class BoundedBufferTests
{
    private readonly BoundedBuffer _buffer = new();

    [Fact]
    public void Body_OfExactlyTheLimit_IsTaken()
    {
        _buffer.Write(new byte[50]);
        _buffer.BeginBody(limit: 10);

        _buffer.Write(new byte[10]);

        _buffer.Written.Length.Should().Be(60, "the head does not count as body");
    }

    [Fact]
    public void Body_OneByteOverTheLimit_IsRefused()
    {
        _buffer.Write(new byte[50]);
        _buffer.BeginBody(limit: 10);
        _buffer.Write(new byte[10]);

        MessageTooLargeException refusal = _buffer.Invoking(buffer => buffer.Write(new byte[1])).Should().Throw<MessageTooLargeException>().Which;

        (refusal.Actual, refusal.Limit).Should().Be((11, 10));
    }

    [Fact]
    public void Request_ThatOnlyATooLargeBodyMakes_IsRefusedBeforeItIsAllocated()
    {
        _buffer.BeginBody(limit: 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        _buffer.Invoking(buffer => buffer.GetSpan(500_000_000)).Should().Throw<MessageTooLargeException>();
        _buffer.Invoking(buffer => buffer.GetMemory(500_000_000)).Should().Throw<MessageTooLargeException>();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000_000);
    }

    [Fact]
    public void Request_SixTimesTheLimit_IsServed()
    {
        _buffer.BeginBody(limit: 1_000);

        _buffer.GetSpan(6_000).Length.Should().BeGreaterThanOrEqualTo(6_000, "a serializer asks for the worst that escaping could make");
    }

    [Fact]
    public void Reset_AfterARecord_StartsEmptyAndWithoutLimit()
    {
        _buffer.BeginBody(limit: 1);
        _buffer.Write(new byte[1]);

        _buffer.Reset();

        _buffer.Written.Length.Should().Be(0);
        _buffer.Write(new byte[100]);
        _buffer.Written.Length.Should().Be(100);
    }

    [Fact]
    public void IsWorthKeeping_OfALargeBuffer_IsFalse()
    {
        _buffer.IsWorthKeeping.Should().BeTrue();
        _buffer.Write(new byte[100_000]);
        _buffer.IsWorthKeeping.Should().BeFalse();
    }
}
