using System.Runtime.InteropServices;

namespace Messaging.PerfTests.Running;

/// <summary>The count and a fingerprint of the numbers that one receiver has seen.</summary>
/// <remarks>
/// One receiver writes, anyone reads the count. The fingerprint is the sum of a mixed 64-bit hash of each number, so
/// that it is cheap, needs no order, and two sets of the same size agree only if they are the same.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal sealed class Tally
{
    // A receiver's fields stay away from another's: two of them on one cache line would be measured, not the channel.
#pragma warning disable CS0169, IDE0051, CA1823 // The fields are there for their size.
    private readonly Padding _before;
    private long _count;
    private ulong _fingerprint;
    private readonly Padding _after;
#pragma warning restore CS0169, IDE0051, CA1823

    public long Count => Volatile.Read(ref _count);

    public void Add(long number)
    {
        _fingerprint += Mix((ulong)number);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Waits until receivers together have seen so many.</summary>
    public static async Task WaitAsync(IReadOnlyList<Tally> tallies, long expected, CancellationToken cancellationToken)
    {
        while (Sum(tallies) is var count && count < expected)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw new WrongResultException($"Only {count:N0} of {expected:N0} messages came.");
            }

            // A millisecond is little of a round and leaves the processors to what is measured.
            await Task.Delay(1, CancellationToken.None);
        }
    }

    /// <summary>Checks that receivers together have seen each number from 0 up to a count, once.</summary>
    public static void Verify(IReadOnlyList<Tally> tallies, long expected)
    {
        long count = Sum(tallies);
        WrongResultException.ThrowUnless(count == expected, $"{count:N0} messages came, {expected:N0} were sent.");
        ulong seen = 0;
        foreach (Tally tally in tallies)
        {
            seen += tally._fingerprint;
        }

        ulong sent = 0;
        for (long number = 0; number < expected; number++)
        {
            sent += Mix((ulong)number);
        }

        WrongResultException.ThrowUnless(seen == sent, $"{count:N0} messages came, but not each one once.");
    }

    private static long Sum(IReadOnlyList<Tally> tallies)
    {
        long sum = 0;
        foreach (Tally tally in tallies)
        {
            sum += tally.Count;
        }

        return sum;
    }

    /// <summary>The last steps of SplitMix64 (Steele et al. 2014): neighbours become unrelated.</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Padding;
}
