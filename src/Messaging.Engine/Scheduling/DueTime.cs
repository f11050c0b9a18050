namespace Messaging.Scheduling;

/// <summary>The one sum of a time and a duration, both in ticks: it ends at the last time there is instead of overflowing.</summary>
internal static class DueTime
{
    /// <summary>The end of the year 9999, beyond which no date can be shown.</summary>
    public const long Last = 3_155_378_975_999_999_999;

    /// <summary>Gets the time after a duration that is not negative.</summary>
    /// <returns>At most <see cref="Last"/>; a time beyond it, which means never, stays what it is.</returns>
    public static long After(long time, long ticks) => time <= Last - ticks ? time + ticks : Math.Max(time, Last);
}
