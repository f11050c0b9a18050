namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>What a power cut leaves of that which was not synced.</summary>
internal enum Survival
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>All.</summary>
    All,

    /// <summary>What was done before some moment.</summary>
    Earlier,

    /// <summary>Some writes and sizes, others not.</summary>
    Some,

    /// <summary>Of each write, some sectors of 512 bytes, others not.</summary>
    Torn,
}
