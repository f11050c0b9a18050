using System.Buffers;
using Messaging.Cursors;
using Messaging.Records;

namespace Messaging.Engine.Tests.Cursors;

public sealed class CursorCodecTests(ITestOutputHelper output)
{
    [Fact]
    public void State_WrittenAndRead_IsTheSame()
    {
        CursorState state = Sample();

        CursorState read = CursorCodec.Read(CursorBytes.Of(state, []), closedCleanly: true, out long next, out _);

        next.Should().Be(110);
        read.Floor.Should().Be(100);
        read.Next.Should().Be(100, "the messages in hands are taken again");
        read.Acked.Ranges.Should().Equal((103, 104), (107, 107));
        read.Counts.Should().BeEquivalentTo(state.Counts);
        read.IsRecovering.Should().BeTrue();
    }

    [Fact]
    public void State_WithLargeNumbers_IsTheSame()
    {
        var state = new CursorState(long.MaxValue - 100);
        state.Restore([], [KeyValuePair.Create(long.MaxValue - 90, new RetryCounts(int.MaxValue, int.MaxValue, DateTime.MaxValue.Ticks))], long.MaxValue - 50);

        CursorState read = CursorCodec.Read(CursorBytes.Of(state, []), closedCleanly: true, out _, out _);

        read.Floor.Should().Be(long.MaxValue - 100);
        read.Counts.Should().BeEquivalentTo(state.Counts);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public void StartedMessage_AfterAStop_CountsAsFailedOnlyIfItWasUnclean(bool closedCleanly, int failures)
    {
        byte[] data = CursorBytes.Of(Sample(), [KeyValuePair.Create(105L, new RetryCounts(4, 2, 0))]);

        CursorState read = CursorCodec.Read(data, closedCleanly, out _, out _);

        read.CountsOf(105).Should().Be(new RetryCounts(4, failures, 0));
        read.CountsOf(102).Should().Be(new RetryCounts(2, 1, 5_000), "it only waited");
    }

    [Fact]
    public void StartedMessage_ThatHadFailedBefore_IsReadWithItsNewCounts()
    {
        byte[] data = CursorBytes.Of(Sample(), [KeyValuePair.Create(102L, new RetryCounts(3, 1, 0))]);

        CursorState read = CursorCodec.Read(data, closedCleanly: false, out _, out _);

        read.CountsOf(102).Should().Be(new RetryCounts(3, 2, 0));
    }

    [Fact]
    public void Bytes_CutShortAnywhere_AreRefused()
    {
        byte[] data = CursorBytes.Of(Sample(), [KeyValuePair.Create(105L, new RetryCounts(4, 2, 0))]);
        for (int length = 0; length < data.Length; length++)
        {
            data[..length].Invoking(cut => CursorCodec.Read(cut, closedCleanly: true, out _, out _)).Should().Throw<InvalidDataException>($"{length} bytes are left");
        }
    }

    [Theory]
    [InlineData("a count of ranges that no file could hold", new ulong[] { 1, 5, int.MaxValue, 0, 0, 0 })]
    [InlineData("a negative count of ranges", new ulong[] { 1, 5, 0x8000_0000, 0, 0, 0 })]
    [InlineData("a range that begins at the floor", new ulong[] { 1, 5, 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("ranges that overlap", new ulong[] { 1, 9, 2, 2, 3, 0, 1, 0, 0, 0, 0, 0 })]
    [InlineData("ranges that touch", new ulong[] { 1, 9, 2, 2, 0, 1, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a range that ends beyond all numbers", new ulong[] { 1, 9, 1, 2, ulong.MaxValue - 1, 0, 0, 0, 0, 0 })]
    [InlineData("a floor beyond all numbers", new ulong[] { ulong.MaxValue, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a next below the floor", new ulong[] { 5, ulong.MaxValue, 0, 0, 0, 0, 0, 0 })]
    [InlineData("counts of a message below the floor", new ulong[] { 5, 1, 0, 1, ulong.MaxValue, 2, 1, 0, 0, 0, 0, 0 })]
    [InlineData("more failures than a number holds", new ulong[] { 5, 1, 0, 1, 0, 2, 0x8000_0000, 0, 0, 0, 0, 0 })]
    [InlineData("a suspension below next", new ulong[] { 5, 3, 0, 0, 0, 3, 0, 0 })]
    [InlineData("a suspension below an acked range", new ulong[] { 5, 0, 1, 2, 0, 0, 0, 2, 0, 0 })]
    [InlineData("a suspension below a waiting message", new ulong[] { 5, 0, 0, 1, 4, 2, 1, 9, 0, 3, 0, 0 })]
    [InlineData("a suspension beyond all numbers", new ulong[] { 5, 1, 0, 0, 0, ulong.MaxValue, 0, 0 })]
    [InlineData("messages aside beyond all numbers", new ulong[] { 5, 1, 0, 0, 0, 0, ulong.MaxValue, 0 })]
    [InlineData("a last use beyond all time", new ulong[] { 5, 1, 0, 0, 0, 0, 0, ulong.MaxValue })]
    [InlineData("something after the end", new ulong[] { 5, 1, 0, 0, 0, 0, 0, 0, 7 })]
    public void Bytes_ThatSayNonsense_AreRefused(string what, ulong[] numbers)
    {
        byte[] data = Bytes(numbers);

        data.Invoking(d => CursorCodec.Read(d, closedCleanly: true, out _, out _)).Should().Throw<InvalidDataException>(what);
    }

    [Fact]
    public void Bytes_ThatSayLittle_AreRead() =>
        CursorCodec.Read(Bytes([5, 1, 0, 0, 0, 0, 0, 0]), closedCleanly: true, out _, out _).Floor.Should().Be(5, "what the cases of nonsense are made from is sound");

    [Fact]
    public void Suspension_WrittenAndRead_IsTheSame()
    {
        CursorState state = Sample();
        state.Suspend(110);
        long activity = new DateTime(2030, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc).Ticks;

        CursorState read = CursorCodec.Read(CursorBytes.Of(state, [], activity), closedCleanly: true, out long next, out long readActivity);

        (read.SuspendedAt, next, readActivity).Should().Be((110, 110, activity));
        read.HeldFrom.Should().Be(long.MaxValue);
        read.KeptFrom.Should().Be(100);
        read.Resume(150);
        read = CursorCodec.Read(CursorBytes.Of(read, []), closedCleanly: true, out _, out _);
        (read.IsSuspended, read.HeldFrom, read.KeptFrom).Should().Be((false, 150, 100));
        read.Acked.Ranges.Should().Equal((103, 104), (107, 107), (110, 149));
    }

    [Fact]
    public void Suspension_OfACursorWithNothingKept_NeedsNothing()
    {
        var state = new CursorState(100);
        state.Suspend(100);

        CursorState read = CursorCodec.Read(CursorBytes.Of(state, []), closedCleanly: true, out _, out _);

        read.KeptFrom.Should().Be(long.MaxValue);
        read.Resume(130);
        (read.Floor, read.Next, read.AckedAbove).Should().Be((130, 130, 0));
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Bytes_ChangedAtRandom_AreReadOrRefusedButNothingElse(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[] good = CursorBytes.Of(Sample(), [KeyValuePair.Create(105L, new RetryCounts(4, 2, 0))]);
        int refused = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] data = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                data[random.Next(data.Length)] = (byte)random.Next(256);
            }

            refused += IsRefused(data) ? 1 : 0;
        }

        refused.Should().BeGreaterThan(0);
    }

    private static bool IsRefused(byte[] data)
    {
        try
        {
            CursorState state = CursorCodec.Read(data, closedCleanly: false, out _, out _);
            Assert.True(state.Acked.Ranges.All(range => range.First > state.Floor && range.Last >= range.First));
            Assert.True(state.Counts.Keys.All(sequence => sequence >= state.Floor));
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static byte[] Bytes(ulong[] numbers)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (ulong number in numbers)
        {
            VarInt.Write(bytes, number);
        }

        return bytes.WrittenSpan.ToArray();
    }

    // Floor 100, next 110, acked 103, 104 and 107, waiting 102.
    private static CursorState Sample()
    {
        var state = new CursorState(100);
        while (state.SeekNext(end: 110))
        {
            state.Take();
        }

        state.Settle(104);
        state.Settle(103);
        state.Settle(107);
        state.SetCounts(102, new RetryCounts(2, 1, 5_000));
        return state;
    }
}
