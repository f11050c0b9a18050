namespace Messaging.Sqlite;

/// <summary>How closely a store's file is looked at when it is opened, beyond what opening needs.</summary>
public enum SqliteStoreCheck
{
    /// <summary>Not at all: damage is found when it is met. Opening takes milliseconds, whatever the size of the file.</summary>
    None = 0,

    /// <summary>SQLite's <c>quick_check</c>: that the pages of the file fit together. It reads the whole file.</summary>
    Quick = 1,

    /// <summary>The quick check, and the checksum of each batch of records, place, scheduled message and remembered id.</summary>
    Full = 2,
}
