namespace Messaging.PerfTests.Scenarios;

/// <summary>The senders' side of the scenarios in memory.</summary>
internal static class Sending
{
    public static async Task RangeAsync(IProducer<Payload> producer, long first, long count)
    {
        for (long number = first; number < first + count; number++)
        {
            await producer.SendAsync(Payload.Of(number));
        }
    }
}
