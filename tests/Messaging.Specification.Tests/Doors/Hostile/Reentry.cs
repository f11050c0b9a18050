using Messaging.Specification.Tests.Broker;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>Code behind a door that uses the broker on another thread and waits for that, once.</summary>
/// <param name="broker">The broker, which may not be there yet when this is made.</param>
/// <param name="queue">The queue that the door was opened for.</param>
internal sealed class Reentry(Func<MessageBroker> broker, string queue = "orders")
{
    /// <summary>Short, since everything that it waits for is ready: only a lock that its caller holds makes it wait.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    private int _runs;
    private Exception? _failure;

    /// <summary>What became of it: "ended", "never came back", or how it failed; empty before it ran.</summary>
    public string Outcome { get; private set; } = "";

    public void Run()
    {
        if (Interlocked.Increment(ref _runs) != 1)
        {
            return;
        }

        var thread = new Thread(UseBroker) { IsBackground = true, Name = "re-entry" };
        thread.Start();
        Outcome = !thread.Join(_limit) ? "never came back" : _failure is { } failure ? failure.ToString() : "ended";
    }

    /// <summary>Waits until it has run, and demands that it came back.</summary>
    public async Task ShouldHaveEndedAsync()
    {
        await HangGuard.UntilAsync(() => Outcome.Length > 0);
        Outcome.Should().Be("ended", "the code behind the door must be able to wait for the broker");
    }

    private void UseBroker()
    {
        try
        {
            _ = broker().Queue(queue).Statistics;
            IQueue again = broker().Queue("again");
            again.Producer<int>().SendAsync(1).AsTask().Wait();
            IConsumer<int> consumer = again.Consumer<int>();
            Delivery<int> delivery = consumer.ReceiveAsync().AsTask().Result;
            delivery.AckAsync().AsTask().Wait();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }
}
