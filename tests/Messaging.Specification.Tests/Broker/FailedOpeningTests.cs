using Messaging.Storage;
using Messaging.TestSupport;
using Messaging.Testing;
using Microsoft.Extensions.Logging;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13 for what an opening calls: one that fails leaves the store closed, whoever threw.</summary>
public sealed class FailedOpeningTests
{
    private readonly InMemoryMessageStore _store = new();
    private readonly FaultyTime _time = new(new VirtualTime());

    [Fact]
    public async Task Open_WithAClockThatThrows_LeavesTheStoreClosed()
    {
        _time.FailReads(1);

        await ShouldFailAndLeaveTheStoreClosedAsync(_store, new() { TimeProvider = _time }, "*cannot be read*");
    }

    [Fact]
    public async Task Open_WithAClockThatMakesNoTimer_LeavesTheStoreClosed()
    {
        _time.RefusesTimers = true;

        await ShouldFailAndLeaveTheStoreClosedAsync(_store, new() { TimeProvider = _time }, "*no timers*");
    }

    [Fact]
    public async Task Open_WithAClockOfNoFrequency_LeavesTheStoreClosed() =>
        await ShouldFailAndLeaveTheStoreClosedAsync(_store, new() { TimeProvider = new StandingTime() }, "*TimestampFrequency*");

    [Fact]
    public async Task Open_WithALoggerFactoryThatThrows_LeavesTheStoreClosed() =>
        await ShouldFailAndLeaveTheStoreClosedAsync(_store, new() { LoggerFactory = new ThrowingFactory() }, "*no loggers*");

    [Fact]
    public async Task Open_OfAStoreThatCannotNameItsFeatures_LeavesItClosed() =>
        await ShouldFailAndLeaveTheStoreClosedAsync(new SpeechlessStore(_store) { ThrowsAtFeatures = true }, new(), "*speechless*");

    [Fact]
    public async Task Open_OfAStoreThatCannotDescribeItself_Opens()
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(new SpeechlessStore(_store));

        (await broker.Queue("orders").Producer<int>().SendAsync(1).Soon()).Sequence.Should().Be(1);
    }

    [Fact]
    public async Task Open_OfAStoreThatCannotBeClosedEither_TellsWhyItWasNotOpened()
    {
        _time.RefusesTimers = true;
        var store = new SpeechlessStore(_store) { ThrowsAtDispose = true };

        await FluentActions.Awaiting(() => MessageBroker.OpenAsync(store, new() { TimeProvider = _time }).AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*no timers*");
    }

    [Fact]
    public void InMemory_WithAClockThatMakesNoTimer_Throws()
    {
        _time.RefusesTimers = true;

        FluentActions.Invoking(() => MessageBroker.InMemory(new() { TimeProvider = _time }))
            .Should().Throw<InvalidOperationException>().WithMessage("*no timers*");
    }

    private async Task ShouldFailAndLeaveTheStoreClosedAsync(IMessageStore store, BrokerOptions options, string message)
    {
        await FluentActions.Awaiting(() => MessageBroker.OpenAsync(store, options).AsTask()).Should().ThrowAsync<Exception>().WithMessage(message);

        // Open, it would be refused as in use.
        await using MessageBroker broker = await MessageBroker.OpenAsync(_store);
        await broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
    }

    private sealed class StandingTime : TimeProvider
    {
        public override long TimestampFrequency => 0;
    }

    private sealed class ThrowingFactory : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => throw new InvalidOperationException("There are no loggers.");

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class SpeechlessStore(InMemoryMessageStore inner) : IMessageStore
    {
        public bool ThrowsAtFeatures { get; init; }

        public bool ThrowsAtDispose { get; init; }

        public StoreFeatures Features => ThrowsAtFeatures ? throw new InvalidOperationException("speechless") : inner.Features;

        public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

        public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default) => inner.CommitAsync(commit, cancellationToken);

        public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(range, output, cancellationToken);

        public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
            inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

        public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) => inner.MaintainAsync(idle, cancellationToken);

        public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => inner.BackupAsync(path, cancellationToken);

        public ValueTask DisposeAsync() => ThrowsAtDispose ? throw new InvalidOperationException("not even closed") : inner.DisposeAsync();

        public override string ToString() => throw new InvalidOperationException("speechless");
    }
}
