namespace Messaging;

/// <summary>Stored records that cannot be read because their bytes are damaged. The store serves the rest.</summary>
/// <remarks>Nothing was changed: what is damaged stays where it is, and is met again by the next reading, until the file is opened
/// with <c>SqliteStoreOptions.SkipDamaged = true</c>.</remarks>
public sealed class StoreDamagedException : StoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="store">The store, a file's path for instance.</param>
    /// <param name="log">The number of the log.</param>
    /// <param name="first">The first sequence number that is affected.</param>
    /// <param name="last">The last one; <see cref="long.MaxValue"/> when the damage hides where it ends.</param>
    /// <param name="problem">What was found.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreDamagedException(string store, int log, long first, long last, string problem, Exception? innerException = null)
        : base(
            last == long.MaxValue
                ? $"'{store}' is damaged ({problem}): records of log {log} from {first} on cannot be read."
                : $"'{store}' is damaged ({problem}): records {first} to {last} of log {log} cannot be read.",
            innerException)
    {
        Store = store;
        Log = log;
        First = first;
        Last = last;
    }

    /// <summary>Gets the store.</summary>
    public string Store { get; }

    /// <summary>Gets the number of the log.</summary>
    public int Log { get; }

    /// <summary>Gets the first sequence number that is affected.</summary>
    public long First { get; }

    /// <summary>Gets the last sequence number that is affected; <see cref="long.MaxValue"/> when the damage hides where it ends.</summary>
    public long Last { get; }
}
