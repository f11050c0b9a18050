using Messaging.Diagnostics;
using Messaging.Engine.Tests.Logs;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Writing;

public sealed class StoreWriterTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writer_SomethingUnexpectedLeavesACommit_StopsAndFailsItsCallersAndNotTheProcess(bool isSerial)
    {
        var store = new InMemoryMessageStore();
        await store.OpenAsync(TestContext.Current.CancellationToken);
        WorkQueue work = isSerial ? new PooledSerialWork() : new PooledWork();
        var writer = new StoreWriter(store, new MessageOrigin(1, 1), new BrokerClock(TimeProvider.System), work, NullLogger.Instance, new CountVersion(), deduplicationWindow: 10);
        var log = new MessageLog(id: 1, "orders", Durability.Process, isStored: true, lastSequence: 0);
        var reader = new CountedReader(log);
        log.Attach(reader);
        var failed = new TaskCompletionSource<StoreException>(TaskCreationOptions.RunContinuationsAsynchronously);
        writer.Start(failed.SetResult);
        reader.Appended = () => throw new InvalidTimeZoneException("nobody expected it");

        Receipt receipt = await writer.Append(log, NewRecord()).AsTask().WaitAsync(_limit, TestContext.Current.CancellationToken);
        StoreException failure = await failed.Task.WaitAsync(_limit, TestContext.Current.CancellationToken);

        receipt.Sequence.Should().Be(1, "its commit was made");
        failure.InnerException.Should().BeOfType<InvalidTimeZoneException>();
        await FluentActions.Awaiting(() => writer.Append(log, NewRecord()).AsTask().WaitAsync(_limit)).Should().ThrowAsync<StoreException>();
        await writer.FlushAsync().WaitAsync(_limit, TestContext.Current.CancellationToken);
        await writer.StopAsync().WaitAsync(_limit, TestContext.Current.CancellationToken);
        await work.WhenIdleAsync().WaitAsync(_limit, TestContext.Current.CancellationToken);
    }

    private static Record NewRecord() => new(new byte[] { 1, 2, 3 }.AsMemory());
}
