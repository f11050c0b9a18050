namespace Messaging.Sqlite;

/// <summary>The options of a <see cref="SqliteMessageStore"/>.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>Gets a value indicating whether the file may lie in a directory that everybody may write to, or that is a symbolic
    /// link. Whoever can write there can put files beside the store that SQLite takes for its own.</summary>
    /// <value>The default value is <see langword="false"/>: such a directory is refused. It has no effect on Windows.</value>
    public bool AllowSharedDirectory { get; init; }

    /// <summary>Gets the size at which the file counts as full, in pages; 0 sets no limit. It is there to test a full disk.</summary>
    internal int MaxPages { get; init; }

    /// <summary>Gets the dead bytes in segments that are mostly dead which are left alone. It is there to test compaction.</summary>
    internal long GarbageLeft { get; init; } = 8 << 20;
}
