using System.Collections.Immutable;
using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Testing.Stores;

namespace Messaging.Testing.Faults;

/// <summary>A store that does what another one does, with the faults of a plan, and that can be cut off.</summary>
/// <remarks>
/// <para>After a commit of unknown outcome every later commit fails, as the contract of stores demands; reads go on. After <see cref="Sever"/>, or a torn
/// commit, every call fails. Open another store then, on the same file or disk, with the same plan if its rules are to go on counting.</para>
/// <para>Disposing it disposes the other store.</para>
/// </remarks>
public sealed class FaultStore : IMessageStore, ITearableStore
{
    private readonly IMessageStore _inner;
    private readonly FaultPlan _plan;
    private readonly long[] _counts = new long[Enum.GetValues<StoreOperation>().Length];
    private volatile ImmutableDictionary<int, StoreEntry> _entries = ImmutableDictionary<int, StoreEntry>.Empty;
    private volatile bool _isInDoubt;
    private volatile bool _isSevered;

    /// <summary>Creates a store; it is opened by its <see cref="OpenAsync"/>.</summary>
    /// <param name="inner">The store that does the work.</param>
    /// <param name="plan">The faults; <see langword="null"/> for none.</param>
    /// <param name="timeProvider">The clock of delays; <see langword="null"/> for the system's.</param>
    public FaultStore(IMessageStore inner, FaultPlan? plan = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _plan = plan ?? new FaultPlan();
        Wait = by => new ValueTask(Task.Delay(by, timeProvider ?? TimeProvider.System));
    }

    /// <summary>Gets a value indicating whether the store is cut off.</summary>
    public bool IsSevered => _isSevered;

    /// <inheritdoc/>
    public StoreFeatures Features => _inner.Features;

    /// <summary>Gets what lets a delay pass.</summary>
    internal Func<TimeSpan, ValueTask> Wait { get; set; }

    /// <summary>Gets the number of calls that were made, those that a fault has struck included.</summary>
    /// <param name="operation">Which.</param>
    public long Count(StoreOperation operation) => Interlocked.Read(ref _counts[(int)operation]);

    /// <summary>Cuts the store off, as the death of its process does: what was committed stays, and every later call fails, one that is being made too.</summary>
    public void Sever() => _isSevered = true;

    /// <inheritdoc/>
    public async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        FaultVerdict verdict = await BeginAsync(new FaultOccasion(FaultSite.Store, StoreOperation.Open), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        StoreContents contents = await DoAsync(verdict, () => _inner.OpenAsync(cancellationToken)).ConfigureAwait(WorkContext.IsCurrent);
        _entries = contents.Entries.ToImmutableDictionary(entry => entry.Id);
        VerifyNotSevered(StoreOperation.Open);
        return contents;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        _entries = _entries.SetItems(commit.Declared.Select(entry => KeyValuePair.Create(entry.Id, entry)));
        FaultVerdict verdict = await BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: commit, Entries: _entries), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (verdict.End == FaultKind.Tear)
        {
            Tear(commit);
            throw Unknown($"A fault has interrupted it: {verdict.Cause}.");
        }

        if (!verdict.IsSkipped)
        {
            await DoAsync(verdict, async () =>
            {
                await _inner.CommitAsync(commit, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
                return true;
            }).ConfigureAwait(WorkContext.IsCurrent);
        }

        if (verdict.End == FaultKind.FailUnknown)
        {
            _isInDoubt = true;
            throw Unknown($"It failed on command: {verdict.Cause}.");
        }

        VerifyNotSevered(StoreOperation.Commit);
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        FaultVerdict verdict = await BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.Read, Log: range.Log, Entries: _entries), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        List<StoreRecord> found = await DoAsync(verdict, async () =>
        {
            var records = new List<StoreRecord>();
            await _inner.ReadAsync(range, records, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return records;
        }).ConfigureAwait(WorkContext.IsCurrent);
        VerifyNotSevered(StoreOperation.Read);
        output.AddRange(verdict.End == FaultKind.Tear ? found.Take((found.Count + 1) / 2) : found);
    }

    /// <inheritdoc/>
    public async ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        FaultVerdict verdict = await BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.ReadScheduled), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        List<ScheduledRecord> found = await DoAsync(verdict, async () =>
        {
            var records = new List<ScheduledRecord>();
            await _inner.ReadScheduledAsync(dueTicks, maxRecords, records, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return records;
        }).ConfigureAwait(WorkContext.IsCurrent);
        VerifyNotSevered(StoreOperation.ReadScheduled);
        output.AddRange(found);
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) =>
        CallAsync(StoreOperation.Maintain, () => _inner.MaintainAsync(idle, cancellationToken));

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) =>
        CallAsync(StoreOperation.Backup, () => _inner.BackupAsync(path, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    /// <summary>Returns how the other store calls itself.</summary>
    public override string ToString() => _inner.ToString()!;

    void ITearableStore.Tear(StoreCommit commit) => Tear(commit);

    private void Tear(StoreCommit commit)
    {
        Sever();
        (_inner as ITearableStore)?.Tear(commit);
    }

    private async ValueTask CallAsync(StoreOperation operation, Func<ValueTask> call)
    {
        FaultVerdict verdict = await BeginAsync(new FaultOccasion(FaultSite.Store, operation), CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);
        await DoAsync(verdict, async () =>
        {
            await call().ConfigureAwait(WorkContext.IsCurrent);
            return true;
        }).ConfigureAwait(WorkContext.IsCurrent);
        VerifyNotSevered(operation);
    }

    /// <summary>Counts a call, lets its delay pass, and lets it fail if it is to.</summary>
    private async ValueTask<FaultVerdict> BeginAsync(FaultOccasion call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Verify(call.Operation);
        Interlocked.Increment(ref _counts[(int)call.Operation]);
        FaultVerdict verdict = _plan.Judge(call);
        if (verdict.Delay > TimeSpan.Zero)
        {
            await Wait(verdict.Delay).ConfigureAwait(WorkContext.IsCurrent);
            Verify(call.Operation);
        }

        return verdict.End == FaultKind.Fail
            ? throw new StoreException($"'{_inner}' failed on command, and nothing was done: {verdict.Cause}.")
            : verdict;
    }

    /// <summary>Makes a call, or two of them.</summary>
    private static async ValueTask<T> DoAsync<T>(FaultVerdict verdict, Func<ValueTask<T>> call)
    {
        T result = await call().ConfigureAwait(WorkContext.IsCurrent);
        if (!verdict.IsDoneTwice)
        {
            return result;
        }

        try
        {
            return await call().ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or StoreException { MustReopen: false })
        {
            // It refuses what it has done already.
            return result;
        }
    }

    private void Verify(StoreOperation operation)
    {
        VerifyNotSevered(operation);
        if (_isInDoubt && operation == StoreOperation.Commit)
        {
            throw new StoreException($"'{_inner}' takes nothing more: an earlier commit has an unknown outcome. Open the store again.")
            {
                MustReopen = true,
            };
        }
    }

    private void VerifyNotSevered(StoreOperation operation)
    {
        if (_isSevered)
        {
            throw operation == StoreOperation.Commit
                ? Unknown("The store was cut off.")
                : new StoreException($"'{_inner}' was cut off: open it again.") { MustReopen = true };
        }
    }

    private StoreOutcomeUnknownException Unknown(string why) => new($"A commit to '{_inner}' may or may not be stored. {why}");
}
