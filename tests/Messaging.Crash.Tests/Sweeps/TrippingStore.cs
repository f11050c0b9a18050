using Messaging.Storage;

namespace Messaging.Crash.Tests.Sweeps;

/// <summary>A store that does something at the beginning or end of its k-th call, counted from when it is armed.</summary>
internal sealed class TrippingStore(IMessageStore inner) : IMessageStore
{
    private int _left;
    private Action? _action;

    public StoreFeatures Features => inner.Features;

    /// <summary>Gets a value indicating whether the action was run.</summary>
    public bool Tripped => Volatile.Read(ref _left) <= 0;

    public void Arm(int step, Action action)
    {
        _action = action;
        Volatile.Write(ref _left, step);
    }

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        Step();
        await inner.CommitAsync(commit, cancellationToken);
        Step();
    }

    public async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        Step();
        await inner.ReadAsync(range, output, cancellationToken);
        Step();
    }

    public async ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        Step();
        await inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);
        Step();
    }

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        Step();
        return inner.MaintainAsync(idle, cancellationToken);
    }

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => inner.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Step()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _action?.Invoke();
        }
    }
}
