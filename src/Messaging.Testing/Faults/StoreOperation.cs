using Messaging.Storage;

namespace Messaging.Testing.Faults;

/// <summary>The calls of a store that a fault can strike.</summary>
public enum StoreOperation
{
    /// <summary><see cref="IMessageStore.OpenAsync"/>.</summary>
    Open,

    /// <summary><see cref="IMessageStore.CommitAsync"/>.</summary>
    Commit,

    /// <summary><see cref="IMessageStore.ReadAsync"/>.</summary>
    Read,

    /// <summary><see cref="IMessageStore.ReadScheduledAsync"/>.</summary>
    ReadScheduled,

    /// <summary><see cref="IMessageStore.MaintainAsync"/>.</summary>
    Maintain,

    /// <summary><see cref="IMessageStore.BackupAsync"/>.</summary>
    Backup,
}
