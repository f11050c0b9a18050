using Messaging.Bounds;

namespace Messaging.Cursors;

/// <summary>What the messages of one cursor take of their subscription's backlog. Guarded by the subscription.</summary>
internal sealed class BacklogShare
{
    /// <summary>Gets or sets the bound that settled messages leave; <see langword="null"/> for no limit.</summary>
    public Backlog? Limit { get; set; }

    /// <summary>Gets or sets the number from which messages count with their own size; those before count with an estimate.</summary>
    public long MeasuredFrom { get; set; }

    /// <summary>Gets or sets the estimate.</summary>
    public long EstimatedSize { get; set; }

    /// <summary>Gets or sets the number of messages that have left the bound before they are settled.</summary>
    public int Left { get; set; }

    /// <summary>Gets the size of a message in the bound.</summary>
    public long SizeOf(long sequence, long size) => sequence < MeasuredFrom ? EstimatedSize : size;
}
