namespace Messaging.Storage;

/// <summary>The statement that nobody needs the beginning of a log any more.</summary>
/// <param name="Log">The log.</param>
/// <param name="Below">The first sequence number that is still needed.</param>
public readonly record struct StoreTrim(int Log, long Below);
