using Messaging.Diagnostics;
using Messaging.Storage;

namespace Messaging.Testing.Faults.Judging;

/// <summary>The calls of a store under faults: what a plan does to them, until the store takes none any more.</summary>
/// <param name="store">The store, which messages name.</param>
/// <param name="judge">Decides about each call.</param>
/// <param name="wait">Lets a delay pass.</param>
internal sealed class FaultyCalls(IMessageStore store, FaultJudge judge, Func<TimeSpan, ValueTask> wait)
{
    private readonly long[] _counts = new long[Enum.GetValues<StoreOperation>().Length];
    private volatile bool _isInDoubt;
    private volatile bool _isSevered;

    /// <summary>Gets or sets what lets a delay pass.</summary>
    public Func<TimeSpan, ValueTask> Wait { get; set; } = wait;

    public bool IsSevered => _isSevered;

    public long Count(StoreOperation operation) => Interlocked.Read(ref _counts[(int)operation]);

    /// <summary>Cuts the store off: every later call fails, one that is being made too.</summary>
    public void Sever() => _isSevered = true;

    /// <summary>Notes that a commit has an unknown outcome: every later one fails.</summary>
    public void Doubt() => _isInDoubt = true;

    /// <summary>Counts a call, lets its delay pass, and lets it fail if it is to.</summary>
    public async ValueTask<FaultVerdict> BeginAsync(FaultOccasion call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Verify(call.Operation);
        Interlocked.Increment(ref _counts[(int)call.Operation]);
        FaultVerdict verdict = judge.JudgeCall(call);
        if (verdict.Delay > TimeSpan.Zero)
        {
            await Wait(verdict.Delay).ConfigureAwait(WorkContext.IsCurrent);
            Verify(call.Operation);
        }

        return verdict.End == FaultKind.Fail
            ? throw new StoreException($"'{store}' failed on command, and nothing was done: {verdict.Cause}.")
            : verdict;
    }

    /// <summary>Makes a call, or two of them.</summary>
    public static async ValueTask<T> DoAsync<T>(FaultVerdict verdict, Func<ValueTask<T>> call)
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

    /// <summary>Makes a call that gives nothing, or two of them.</summary>
    public static async ValueTask DoAsync(FaultVerdict verdict, Func<ValueTask> call) =>
        await DoAsync(verdict, async () =>
        {
            await call().ConfigureAwait(WorkContext.IsCurrent);
            return true;
        }).ConfigureAwait(WorkContext.IsCurrent);

    /// <summary>Verifies that the store was not cut off while a call was made.</summary>
    public void VerifyNotSevered(StoreOperation operation)
    {
        if (_isSevered)
        {
            throw operation == StoreOperation.Commit
                ? Unknown("The store was cut off.")
                : new StoreException($"'{store}' was cut off: open it again.") { MustReopen = true };
        }
    }

    public StoreOutcomeUnknownException Unknown(string why) => new($"A commit to '{store}' may or may not be stored. {why}");

    private void Verify(StoreOperation operation)
    {
        VerifyNotSevered(operation);
        if (_isInDoubt && operation == StoreOperation.Commit)
        {
            throw new StoreException($"'{store}' takes nothing more: an earlier commit has an unknown outcome. Open the store again.")
            {
                MustReopen = true,
            };
        }
    }
}
