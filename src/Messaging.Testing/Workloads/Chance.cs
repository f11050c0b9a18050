namespace Messaging.Testing.Workloads;

/// <summary>What a client draws from its random numbers.</summary>
internal static class Chance
{
    /// <summary>Draws one of some kinds by their shares.</summary>
    /// <returns>The number of the kind, from 0.</returns>
    public static int Draw(this Random random, params ReadOnlySpan<int> shares)
    {
        int sum = 0;
        foreach (int share in shares)
        {
            sum += share;
        }

        int left = random.Next(sum);
        for (int kind = 0; kind < shares.Length; kind++)
        {
            left -= shares[kind];
            if (left < 0)
            {
                return kind;
            }
        }

        return 0;
    }

    /// <summary>Draws a time up to a longest one, in steps of 100 µs: times that fall together must happen.</summary>
    public static TimeSpan DrawTime(this Random random, TimeSpan longest) =>
        new(random.NextInt64((longest.Ticks / StepTicks) + 1) * StepTicks);

    private const long StepTicks = TimeSpan.TicksPerMillisecond / 10;
}
