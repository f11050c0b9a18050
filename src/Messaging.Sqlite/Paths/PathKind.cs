namespace Messaging.Sqlite.Paths;

/// <summary>What can lie at a path.</summary>
internal enum PathKind
{
    /// <summary>There is nothing.</summary>
    Missing = 0,

    File,

    Directory,

    /// <summary>A symbolic link, wherever it leads.</summary>
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Special,
}
