namespace Messaging.Storage;

/// <summary>A place where a broker keeps logs of records, cursors over them, and scheduled records.</summary>
/// <remarks>
/// <para>The broker owns the store it opens: it calls <see cref="OpenAsync"/> once, then <see cref="CommitAsync"/> and
/// <see cref="MaintainAsync"/> from one writer, never two at a time; the two reads may come from any thread, at any time
/// between, and see what is committed. Disposing closes the store; calls after that throw <see cref="ObjectDisposedException"/>.</para>
/// <para>What the contract does not allow, such as a call before opening or numbers that do not ascend, may throw
/// <see cref="InvalidOperationException"/> or <see cref="ArgumentException"/>, and changes nothing.</para>
/// <para>A store gives no meaning to payloads and cursor states, and takes no time but what it is given.</para>
/// </remarks>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>Gets what this implementation promises.</summary>
    StoreFeatures Features { get; }

    /// <summary>Takes ownership, recovers, starts a new epoch, and tells what is there. The cost does not depend on the number of records.</summary>
    /// <param name="cancellationToken">Ends the attempt; the store stays closed.</param>
    /// <exception cref="StoreInUseException">Another broker has it open.</exception>
    /// <exception cref="StoreFormatException">It is not a store of ours, of a newer version, or damaged.</exception>
    /// <exception cref="StoreException">It cannot be opened for another reason.</exception>
    ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a commit durable, whole or not at all.</summary>
    /// <param name="commit">What to store. It belongs to the caller again when the task completes.</param>
    /// <param name="cancellationToken">Observed before the commit begins, never during it.</param>
    /// <exception cref="StoreOutcomeUnknownException">It may or may not be there after reopening; every later commit fails.</exception>
    /// <exception cref="StoreException">Nothing of it was stored.</exception>
    ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default);

    /// <summary>Reads committed records of one log in order.</summary>
    /// <param name="range">The log, the first sequence number wanted, and how much at most.</param>
    /// <param name="output">Receives the records, ascending and without gaps but where records were trimmed; of those, some
    /// may still be there. At least one is added if there is one at or after the first number wanted, whatever its size.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="StoreDamagedException">The first record wanted is damaged. A store that
    /// <see cref="StoreFeatures.SkipsDamaged"/> leaves damaged records out instead, as if they were not there.</exception>
    ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default);

    /// <summary>Reads scheduled records in the order of their due times.</summary>
    /// <param name="dueTicks">The latest due time wanted, in UTC ticks, inclusive.</param>
    /// <param name="maxRecords">The most to read.</param>
    /// <param name="output">Receives the records. One that is damaged is left out, as if it were not there.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default);

    /// <summary>Gives the store time for upkeep; called by the writer after the senders of a commit have been told.</summary>
    /// <param name="idle">Whether nothing waits to be committed.</param>
    /// <param name="cancellationToken">Ends the upkeep early.</param>
    ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default);

    /// <summary>Writes a copy that can be opened as a store, with all that was committed before the call, and at most what is
    /// committed until it ends. May be called from any thread between opening and disposing; commits and reads go on meanwhile.</summary>
    /// <param name="path">Where to write it: a file that is not there yet, in a directory that is. It appears when it is complete.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is left of it.</param>
    /// <exception cref="NotSupportedException">The store is not <see cref="StoreFeatures.SupportsBackup">able</see> to.</exception>
    /// <exception cref="StoreException">The copy cannot be written there; nothing is left of it.</exception>
    ValueTask BackupAsync(string path, CancellationToken cancellationToken = default);
}
