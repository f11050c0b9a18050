namespace Messaging.Storage;

/// <summary>What an implementation of <see cref="IMessageStore"/> promises.</summary>
public sealed record StoreFeatures
{
    /// <summary>Gets the most that a commit can survive.</summary>
    public required Durability MaxDurability { get; init; }

    /// <summary>Gets a value indicating whether a second opening finds what the first one committed.</summary>
    public required bool SurvivesReopen { get; init; }
}
