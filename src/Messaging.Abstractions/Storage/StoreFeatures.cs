namespace Messaging.Storage;

/// <summary>What an implementation of <see cref="IMessageStore"/> promises.</summary>
public sealed record StoreFeatures
{
    /// <summary>Gets the most that a commit can survive.</summary>
    public required Durability MaxDurability { get; init; }

    /// <summary>Gets a value indicating whether a second opening finds what the first one committed.</summary>
    public required bool SurvivesReopen { get; init; }

    /// <summary>Gets a value indicating whether <see cref="IMessageStore.BackupAsync"/> can write a copy.</summary>
    /// <value>The default value is <see langword="false"/>: it throws <see cref="NotSupportedException"/>.</value>
    public bool SupportsBackup { get; init; }

    /// <summary>Gets a value indicating whether records that cannot be read are to be passed over, because the user has asked for it.</summary>
    /// <value>The default value is <see langword="false"/>: whoever needs them stops there.</value>
    public bool SkipsDamaged { get; init; }
}
