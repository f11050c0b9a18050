namespace Messaging.Sqlite;

/// <summary>The options of a <see cref="SqliteMessageStore"/>.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>Gets a value indicating whether the file, and its copies, may lie in a directory that everybody may write to, or that is a symbolic
    /// link. Whoever can write there can put files beside the store that SQLite takes for its own.</summary>
    /// <value>The default value is <see langword="false"/>: such a directory is refused. It has no effect on Windows.</value>
    public bool AllowSharedDirectory { get; init; }

    /// <summary>Gets a value indicating how closely the file is looked at when it is opened.</summary>
    /// <value>The default value is <see cref="SqliteStoreCheck.None"/>. When the check finds damage, opening fails with a
    /// <see cref="StoreFormatException"/> that lists it, and the file is left as it is, unless <see cref="SkipDamaged"/> is set.</value>
    public SqliteStoreCheck CheckOnOpen { get; init; }

    /// <summary>Gets a value indicating whether what is damaged is passed over, which loses it. It is counted and logged, never delivered.</summary>
    /// <value>The default value is <see langword="false"/>: a subscription stops before damaged messages, and a file whose catalog,
    /// places or newest messages are damaged is refused. With <see langword="true"/>, a subscription goes on behind damaged messages;
    /// those whose places are damaged begin again at their oldest messages. A damaged catalog is refused even then.</value>
    public bool SkipDamaged { get; init; }

    /// <summary>Gets the size at which the file counts as full, in pages; 0 sets no limit. It is there to test a full disk.</summary>
    internal int MaxPages { get; init; }

    /// <summary>Gets the dead bytes in segments that are mostly dead which are left alone. It is there to test compaction.</summary>
    internal long GarbageLeft { get; init; } = 8 << 20;

    /// <summary>Gets a value indicating whether the pages of the file are checked when it is opened.</summary>
    internal bool ChecksPages => CheckOnOpen != SqliteStoreCheck.None;

    /// <summary>Gets a value indicating whether the rows are checked, too.</summary>
    internal bool ChecksRows => CheckOnOpen == SqliteStoreCheck.Full;
}
