using System.Diagnostics;
using System.Globalization;

namespace Messaging.Testing.Tests;

public sealed class SimulatedHourTests(ITestOutputHelper output)
{
    [Fact]
    public async Task SimulatedHour_OfAHundredThousandMessages_TakesSeconds()
    {
        const int Messages = 100_000;
        long started = Stopwatch.GetTimestamp();
        await using TestBroker test = TestBroker.Start(new TestBrokerOptions { HangLimit = TimeSpan.FromMinutes(1) });
        IQueue queue = test.Broker.Queue("work");
        int failed = 0;
        queue.Handle<int>(
            async (delivery, token) =>
            {
                // One in a hundred takes a second, and one in a hundred fails once.
                if (delivery.Body % 100 == 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), test.Time, token);
                }
                else if (delivery.Body % 100 == 1 && delivery.Attempt == 1)
                {
                    failed++;
                    throw new InvalidOperationException("the first time");
                }
            },
            new() { Concurrency = 8, Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(30)) });
        IProducer<int> producer = queue.Producer<int>();
        foreach (int[] batch in Enumerable.Range(0, Messages).Chunk(1_000))
        {
            await producer.SendBatchAsync([.. batch.Select(i => new Message<int>(i, new() { Delay = TimeSpan.FromHours(1) * ((double)(i + 1) / Messages) }))]);
        }

        await test.AdvanceAsync(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Messages:N0} messages in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
        test.Settled.Where(seen => seen.Kind == ObservationKind.Acked).Exactly(Messages);
        test.Delivered.Exactly(Messages + failed);
        test.DeadLettered.None();
    }
}
