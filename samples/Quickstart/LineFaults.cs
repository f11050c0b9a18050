using Messaging;

namespace Quickstart;

/// <summary>What goes wrong in this sample: a service that is down at times, and a bug. Which line it hits is decided by
/// the line's id, so that each run goes wrong in the same way.</summary>
internal sealed class LineFaults(bool bugFixed)
{
    /// <summary>Throws, or not.</summary>
    public void Strike(Line line, int failures)
    {
        if (!bugFixed && HasBug(line.Id))
        {
            throw new FormatException($"Cannot read line {line.Number} of {Path.GetFileName(line.File)}.");
        }

        if (failures == 0 && IsHitOnce(line.Id))
        {
            throw new TimeoutException("The dictionary did not answer in time.");
        }
    }

    private static bool HasBug(MessageId id) => id.Low % 1_000 == 1;

    private static bool IsHitOnce(MessageId id) => id.Low % 50 == 0;
}
