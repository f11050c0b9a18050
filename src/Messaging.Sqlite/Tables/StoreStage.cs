namespace Messaging.Sqlite.Tables;

/// <summary>The stages in the life of a store's file. The numbers are stored.</summary>
internal enum StoreStage
{
    /// <summary>It is open, or was when its process died: what was committed last is in the write-ahead log.</summary>
    Open = 0,

    /// <summary>Its broker stopped in order, and it was closed.</summary>
    Stopped = 1,

    /// <summary>It was closed, and everything is in the file, but its broker did not stop in order.</summary>
    Closed = 2,
}
