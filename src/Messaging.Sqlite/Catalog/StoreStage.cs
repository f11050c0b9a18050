namespace Messaging.Sqlite.Catalog;

/// <summary>The stages in the life of a store's file. The numbers are stored.</summary>
internal enum StoreStage
{
    /// <summary>It is open, or was when its process died: what was committed last is in the write-ahead log.</summary>
    Open = 0,

    /// <summary>Its broker stopped in order, and it was closed.</summary>
    Stopped = 1,

    /// <summary>It was closed, and everything is in the file, but its broker did not stop in order.</summary>
    Closed = 2,

    /// <summary>The same as <see cref="Open"/>: commits that are not synced change between the two, which marks them in the write-ahead log.</summary>
    OpenMarked = 3,
}
