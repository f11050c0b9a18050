namespace Messaging.Storage;

/// <summary>The statement that nobody needs a range of a log any more.</summary>
/// <remarks>A store may be told the same again, and is told everything again after it was opened.</remarks>
/// <param name="Log">The log.</param>
/// <param name="First">The first sequence number of the range; 0 for the beginning of the log.</param>
/// <param name="Below">The number behind the range.</param>
public readonly record struct StoreTrim(int Log, long First, long Below);
