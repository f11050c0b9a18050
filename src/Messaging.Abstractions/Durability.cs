namespace Messaging;

/// <summary>What a completed send survives.</summary>
public enum Durability
{
    /// <summary>Nothing: the message lives as long as the broker.</summary>
    Memory,

    /// <summary>The death of the process, but not a power cut. After a power cut, the numbers of lost messages are
    /// given again, and consumers may have seen messages that no longer exist.</summary>
    Process,

    /// <summary>A power cut.</summary>
    Power,
}
