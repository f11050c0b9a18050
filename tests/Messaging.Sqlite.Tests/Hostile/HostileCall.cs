namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>The calls that meet what is not theirs.</summary>
internal enum HostileCall
{
    /// <summary>Opens a store that was closed.</summary>
    Open,

    /// <summary>Opens a store whose process died.</summary>
    Recover,

    /// <summary>Opens a store that is not there.</summary>
    Create,

    /// <summary>Copies an open store to another file.</summary>
    Backup,
}
