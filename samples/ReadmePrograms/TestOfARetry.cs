using System.Diagnostics;
using Messaging;
using Messaging.Testing;

namespace ReadmePrograms;

/// <summary>A test of a retry, in real time and in virtual time.</summary>
internal static class TestOfARetry
{
    /// <summary>Is compiled, and not run: it fails now and then, as it says.</summary>
    public static async Task BeforeAsync()
    {
        var gateway = new PaymentGateway();

        // page: before
        await using var broker = MessageBroker.InMemory();
        await using IWorker worker = broker.Queue("charges").Handle<Charge>(
            gateway.ChargeAsync, new() { Retry = RetryPolicy.Schedule(TimeSpan.FromSeconds(0.2)) });    // production has five minutes
        await broker.Queue("charges").Producer<Charge>().SendAsync(new Charge(1));

        await Task.Delay(TimeSpan.FromSeconds(1));                                                      // enough on a quiet machine
        Debug.Assert(gateway.Calls == 2);                                                               // but when was the second one?
        // end
    }

    public static async Task RunAsync()
    {
        var gateway = new PaymentGateway();

        // page: after
        await using var test = TestBroker.Start();
        await using IWorker worker = test.Broker.Queue("charges").Handle<Charge>(
            gateway.ChargeAsync, new() { Retry = RetryPolicy.Schedule(TimeSpan.FromMinutes(5)) });
        await test.Broker.Queue("charges").Producer<Charge>().SendAsync(new Charge(1));

        await test.AdvanceAsync(TimeSpan.FromMinutes(5));                           // fires what is due, in order, until nothing is runnable
        test.Delivered.On("charges").At(TimeSpan.Zero, TimeSpan.FromMinutes(5));    // to the tick; a failure shows the message's history
        test.DeadLettered.None();
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(gateway.Calls, 2);
    }
}
