using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The end of a scenario: all is acknowledged, nothing was delivered twice.</summary>
internal static class Settling
{
    /// <summary>Waits until a subscription has acknowledged so many.</summary>
    public static async Task WaitAsync(ISubscription subscription, long expected, CancellationToken cancellationToken)
    {
        while (subscription.Statistics.Acked < expected)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw new WrongResultException($"'{subscription.Name}' has acknowledged {subscription.Statistics.Acked:N0} of {expected:N0}: {subscription.Statistics}.");
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }

    public static void Verify(ISubscription subscription, long expected)
    {
        SubscriptionStatistics s = subscription.Statistics;
        WrongResultException.ThrowUnless(
            s.Acked == expected && s.Delivered == expected && s is { Ready: 0, Leased: 0, Waiting: 0, Dead: 0, Redelivered: 0, Dropped: 0 },
            $"'{subscription.Name}' should have delivered and acknowledged {expected:N0} and nothing else: {s}.");
    }
}
