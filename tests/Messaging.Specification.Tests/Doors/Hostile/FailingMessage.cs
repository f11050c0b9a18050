using Messaging.Specification.Tests.Broker;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A message of the queue "orders" that fails at its first delivery.</summary>
internal sealed class FailingMessage
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource<DeliveryCounts> _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BrokerHarness _harness;
    private readonly IQueue _queue;

    private FailingMessage(BrokerHarness harness, IQueue queue)
    {
        _harness = harness;
        _queue = queue;
    }

    /// <summary>What each handler's call saw of the ambient state.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>The call in which the failure is dealt with: it may be held, or throw.</summary>
    public Task Call { get; private set; } = Task.CompletedTask;

    /// <summary>Sends the message, has it delivered, and begins to let it fail.</summary>
    public static async Task<FailingMessage> BeginAsync(
        BrokerHarness harness, FailureWay way, QueueOptions options, Func<Exception>? thrown = null, Action? beforeFailing = null)
    {
        IQueue queue = harness.Broker.Queue("orders", options);
        var message = new FailingMessage(harness, queue);
        await queue.Producer<int>().SendAsync(1).Soon();
        if (way == FailureWay.HandlerThrows)
        {
            queue.Handle<int>(
                (delivery, _) =>
                {
                    message.Seen.Add(Ambient.Seen());
                    if (delivery.Attempt == 1 && delivery.Body == 1)
                    {
                        beforeFailing?.Invoke();
                        throw thrown?.Invoke() ?? new InvalidOperationException("the handler's own fault");
                    }

                    message._again.TrySetResult(new DeliveryCounts(delivery.Attempt, delivery.Failures));
                    return default;
                });
            return message;
        }

        IConsumer<int> consumer = queue.Consumer<int>(new ConsumerOptions { LeaseDuration = Lease });
        Delivery<int> delivery = await consumer.NextAsync();
        beforeFailing?.Invoke();
        message.Call = way == FailureWay.Nack
            ? Neighbours.OnThread(() => delivery.NackAsync().AsTask())
            : Neighbours.OnThread(() => harness.Time.Advance(Lease));
        _ = Neighbours.OnThread(() => _ = message.ReceiveAgainAsync(consumer)); // Whoever holds a lock holds that thread only.
        return message;
    }

    /// <summary>Demands that the message comes again with one failure counted, within the time that the default policy takes at most.</summary>
    public async Task ShouldComeAgainAsync()
    {
        await Call.Soon();
        while (!_again.Task.IsCompleted)
        {
            // The retry may not be armed yet; a first delay of the default policy is a second at most.
            await HangGuard.UntilAsync(() => _again.Task.IsCompleted || _queue.Statistics.Waiting > 0);
            await Neighbours.AdvanceAsync(_harness.Time, TimeSpan.FromSeconds(1));
        }

        (await _again.Task.Soon()).Should().Be(new DeliveryCounts(2, 1));
        await HangGuard.UntilAsync(() => _queue.Statistics is { Ready: 0, Leased: 0, Waiting: 0 });
    }

    private async Task ReceiveAgainAsync(IConsumer<int> consumer)
    {
        try
        {
            while (true)
            {
                Delivery<int> again = await consumer.ReceiveAsync();
                await again.AckAsync();
                if (again.Body == 1)
                {
                    _again.TrySetResult(new DeliveryCounts(again.Attempt, again.Failures));
                }
            }
        }
        catch (Exception exception)
        {
            _again.TrySetException(exception);
        }
    }
}
