using Messaging.Specification.Tests.Broker;
using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Crash;

/// <summary>Contract line 2 under SIGKILL: the process dies at once when it hears that a message was given up.</summary>
public sealed class SettledKillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("broker.db");

    [Theory]
    [InlineData("rejected")]
    [InlineData("failed")]
    public async Task Kill_BehindAMessageGivenUpWithoutDeadLetters_DoesNotBringItBack(string how)
    {
        await RunAsync(how, "DeadLettered");

        await using MessageBroker broker = await MessageBroker.OpenAsync(File).Soon();
        await broker.WhenIdleAsync().Soon();
        broker.Queue("orders").Statistics.Should().Be(default(SubscriptionStatistics));
    }

    [Fact]
    public async Task Kill_BehindANackBesideAFullDeadLetterQueue_KeepsItsFailure()
    {
        await RunAsync("full", "Nacked");

        // A century later every retry delay is over, whatever the worker's clock said.
        var time = new VirtualTime();
        time.Advance(TimeSpan.FromDays(36_500));
        await using MessageBroker broker = await MessageBroker.OpenAsync(File, new BrokerOptions { TimeProvider = time }).Soon();
        await broker.WhenIdleAsync().Soon();
        IQueue queue = broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, 9) });
        Delivery<string> delivery = await queue.Consumer<string>().NextAsync();
        (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be(("last", 2, 1));
    }

    public void Dispose() => _folder.Dispose();

    private async Task RunAsync(string how, string lastLine)
    {
        await using WorkerProcess worker = WorkerProcess.Start("settle", File, how);
        await worker.ExpectLineAsync(lastLine);
        await worker.EndAsync();
    }
}
