namespace Messaging.Crash.Tests.Corruption;

/// <summary>What one can see of a message: that a subscription has it to deliver, or among its dead letters.</summary>
/// <param name="Subscription">The queue or subscription.</param>
/// <param name="IsDead">Whether it is among the dead letters.</param>
/// <param name="Message">The message's name.</param>
internal readonly record struct Holding(string Subscription, bool IsDead, string Message)
{
    /// <summary>Gets a hash that is the same in every process; those of a set, combined by exclusive or, tell sets apart.</summary>
    public ulong Hash()
    {
        ulong hash = 14_695_981_039_346_656_037;
        foreach (char letter in $"{Subscription} {IsDead} {Message}")
        {
            hash = unchecked((hash ^ letter) * 1_099_511_628_211);
        }

        // The multiplication alone leaves the last letters in the low bits.
        hash ^= hash >> 32;
        return unchecked(hash * 0x9E37_79B9_7F4A_7C15);
    }

    public static ulong HashOf(IEnumerable<Holding> holdings) => holdings.Aggregate(0UL, static (sum, holding) => sum ^ holding.Hash());
}
