using Messaging.Cursors;
using Messaging.Engine.Tests.State;
using Messaging.Logs;

namespace Messaging.Engine.Tests.Subscriptions;

public sealed class SettleAcksTests(ITestOutputHelper output) : IDisposable
{
    private const int Each = 32;

    private readonly Bench _bench = new(prefetch: 1_000);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void SettleAcks_OfLogsThatTakeTurns_TakesNoMemory(int logs)
    {
        LogCursor[] cursors = [_bench.Cursor, .. Enumerable.Range(0, logs - 1).Select(_ => AddLog())];
        Handle(cursors);
        _bench.Subscription.SettleAcks();
        Handle(cursors);
        long before = GC.GetAllocatedBytesForCurrentThread();

        _bench.Subscription.SettleAcks();

        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{taken:N0} bytes for {logs * Each} messages");
        taken.Should().Be(0);
        cursors.Should().OnlyContain(static cursor => cursor.State.Floor == 1 + (2 * Each));
        _bench.State.Counters.Acked.Should().Be(2 * logs * Each);
    }

    private LogCursor AddLog()
    {
        MessageLog log = Bench.NewLog(20, "more", isStored: false);
        LogCursor cursor = _bench.Subscription.Parts.Logs.Add(log, new CursorState(1));
        log.Attach(cursor);
        return cursor;
    }

    // All are offered together, and the logs take turns.
    private void Handle(LogCursor[] cursors)
    {
        foreach (LogCursor cursor in cursors)
        {
            Shelf.Append(cursor, [.. Enumerable.Repeat(1L, Each)]);
        }

        DeliveryToken[] tokens = [.. Enumerable.Range(0, cursors.Length * Each).Select(_ => _bench.Deliver())];
        foreach (DeliveryToken token in tokens)
        {
            _bench.State.InHand.Leases.TryAck(token.Number, out _).Should().BeTrue();
        }
    }
}
