using System.Collections.Immutable;
using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Testing.Faults.Judging;
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
    private readonly FaultyCalls _calls;
    private volatile ImmutableDictionary<int, StoreEntry> _entries = ImmutableDictionary<int, StoreEntry>.Empty;

    /// <summary>Creates a store; it is opened by its <see cref="OpenAsync"/>.</summary>
    /// <param name="inner">The store that does the work.</param>
    /// <param name="plan">The faults; <see langword="null"/> for none.</param>
    /// <param name="timeProvider">The clock of delays; <see langword="null"/> for the system's.</param>
    public FaultStore(IMessageStore inner, FaultPlan? plan = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _calls = new FaultyCalls(inner, (plan ?? new FaultPlan()).Judge, by => new ValueTask(Task.Delay(by, timeProvider ?? TimeProvider.System)));
    }

    /// <summary>Gets a value indicating whether the store is cut off.</summary>
    public bool IsSevered => _calls.IsSevered;

    /// <inheritdoc/>
    public StoreFeatures Features => _inner.Features;

    /// <summary>Gets or sets what lets a delay pass.</summary>
    internal Func<TimeSpan, ValueTask> Wait
    {
        get => _calls.Wait;
        set => _calls.Wait = value;
    }

    /// <summary>Gets the number of calls that were made, those that a fault has struck included.</summary>
    /// <param name="operation">Which.</param>
    public long Count(StoreOperation operation) => _calls.Count(operation);

    /// <summary>Cuts the store off, as the death of its process does: what was committed stays, and every later call fails, one that is being made too.</summary>
    public void Sever() => _calls.Sever();

    /// <inheritdoc/>
    public async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        FaultVerdict verdict = await _calls.BeginAsync(new FaultOccasion(FaultSite.Store, StoreOperation.Open), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        StoreContents contents = await FaultyCalls.DoAsync(verdict, () => _inner.OpenAsync(cancellationToken)).ConfigureAwait(WorkContext.IsCurrent);
        _entries = contents.Entries.ToImmutableDictionary(entry => entry.Id);
        _calls.VerifyNotSevered(StoreOperation.Open);
        return contents;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        _entries = _entries.SetItems(commit.Declared.Select(entry => KeyValuePair.Create(entry.Id, entry)));
        FaultVerdict verdict = await _calls.BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: commit, Entries: _entries), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (verdict.End == FaultKind.Tear)
        {
            Tear(commit);
            throw _calls.Unknown($"A fault has interrupted it: {verdict.Cause}.");
        }

        if (!verdict.IsSkipped)
        {
            await FaultyCalls.DoAsync(verdict, () => _inner.CommitAsync(commit, cancellationToken)).ConfigureAwait(WorkContext.IsCurrent);
        }

        if (verdict.End == FaultKind.FailUnknown)
        {
            _calls.Doubt();
            throw _calls.Unknown($"It failed on command: {verdict.Cause}.");
        }

        _calls.VerifyNotSevered(StoreOperation.Commit);
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        FaultVerdict verdict = await _calls.BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.Read, Log: range.Log, Entries: _entries), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        List<StoreRecord> found = await FaultyCalls.DoAsync(verdict, async () =>
        {
            var records = new List<StoreRecord>();
            await _inner.ReadAsync(range, records, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return records;
        }).ConfigureAwait(WorkContext.IsCurrent);
        _calls.VerifyNotSevered(StoreOperation.Read);
        output.AddRange(verdict.End == FaultKind.Tear ? found.Take((found.Count + 1) / 2) : found);
    }

    /// <inheritdoc/>
    public async ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        FaultVerdict verdict = await _calls.BeginAsync(
            new FaultOccasion(FaultSite.Store, StoreOperation.ReadScheduled), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        List<ScheduledRecord> found = await FaultyCalls.DoAsync(verdict, async () =>
        {
            var records = new List<ScheduledRecord>();
            await _inner.ReadScheduledAsync(dueTicks, maxRecords, records, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return records;
        }).ConfigureAwait(WorkContext.IsCurrent);
        _calls.VerifyNotSevered(StoreOperation.ReadScheduled);
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
        FaultVerdict verdict = await _calls.BeginAsync(new FaultOccasion(FaultSite.Store, operation), CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);
        await FaultyCalls.DoAsync(verdict, call).ConfigureAwait(WorkContext.IsCurrent);
        _calls.VerifyNotSevered(operation);
    }
}
