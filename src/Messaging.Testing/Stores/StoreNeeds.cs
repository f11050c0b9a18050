using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>What of its <see cref="StoreFeatures"/> a store must promise for a case of the specification to apply to it.</summary>
[Flags]
public enum StoreNeeds
{
    /// <summary>Nothing: the case applies to every store.</summary>
    None = 0,

    /// <summary><see cref="StoreFeatures.SurvivesReopen"/>: what was committed is there at the next opening.</summary>
    Reopening = 1,

    /// <summary><see cref="StoreFeatures.SupportsBackup"/>: copies can be written.</summary>
    Backup = 2,

    /// <summary>That the store does not promise <see cref="StoreFeatures.SupportsBackup"/>, and so has to refuse it.</summary>
    NoBackup = 4,
}
