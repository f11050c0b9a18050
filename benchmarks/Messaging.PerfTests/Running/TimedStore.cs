using System.Diagnostics;
using Messaging.Storage;

namespace Messaging.PerfTests.Running;

/// <summary>A store around another one, with a stopwatch and the thread's processor clock on its commits.</summary>
internal sealed class TimedStore(IMessageStore inner, CommitRecording? recording = null) : IMessageStore
{
    // Written by the broker's one writer.
    private long _ticks;
    private long _processorTicks;
    private long _commits;
    private long _records;
    private long _mostCursorBytes;

    public StoreFeatures Features => inner.Features;

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        Volatile.Write(ref _ticks, 0);
        Volatile.Write(ref _processorTicks, 0);
        Volatile.Write(ref _commits, 0);
        Volatile.Write(ref _records, 0);
        Volatile.Write(ref _mostCursorBytes, 0);
        recording?.Begin();
    }

    public CommitTimes Read() => new(
        Stopwatch.GetElapsedTime(0, Volatile.Read(ref _ticks)),
        ThreadTime.Read() is null ? null : TimeSpan.FromTicks(Volatile.Read(ref _processorTicks)),
        Volatile.Read(ref _commits),
        Volatile.Read(ref _records),
        Volatile.Read(ref _mostCursorBytes));

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        recording?.Add(commit);
        TimeSpan? before = ThreadTime.Read();
        long started = Stopwatch.GetTimestamp();
        ValueTask committing = inner.CommitAsync(commit, cancellationToken);
        if (!committing.IsCompleted)
        {
            throw new InvalidOperationException("The stopwatch is for stores whose commits complete before they return.");
        }

        _ticks += Stopwatch.GetTimestamp() - started;
        _processorTicks += (ThreadTime.Read() - before)?.Ticks ?? 0;
        if (commit.Appends.Count > 0)
        {
            _commits++;
            _records += commit.Appends.Count;
        }

        foreach (StoreCursor cursor in commit.Cursors)
        {
            _mostCursorBytes = Math.Max(_mostCursorBytes, cursor.State.Length);
        }

        return committing;
    }

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(range, output, cancellationToken);

    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) => inner.MaintainAsync(idle, cancellationToken);

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => inner.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
