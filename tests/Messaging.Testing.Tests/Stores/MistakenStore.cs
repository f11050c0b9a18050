using Messaging.Storage;

namespace Messaging.Testing.Tests.Stores;

/// <summary>A store that makes one mistake, as the author of a store might.</summary>
internal sealed class MistakenStore(IMessageStore inner, Mistake mistake) : ForwardingStore(inner)
{
    private readonly Dictionary<(int Log, long Sequence), ReadOnlyMemory<byte>> _borrowed = [];
    private readonly List<StoreCursor> _cursors = [];
    private readonly HashSet<long> _ordinals = [];
    private TaskCompletionSource? _looked;
    private int _commits;
    private bool _isClosed;

    public override async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        StoreContents contents;
        try
        {
            contents = await Inner.OpenAsync(cancellationToken);
        }
        catch (StoreInUseException) when (mistake == Mistake.ServesTwoOwners)
        {
            return new StoreContents { Epoch = 2, StoreId = 1, ClosedCleanly = false, Entries = [], LastSequences = new Dictionary<int, long>(), Cursors = [], Scheduled = [], MessageIds = [] };
        }

        return mistake switch
        {
            Mistake.KeepsTheEpoch => contents with { Epoch = 1 },
            Mistake.AlwaysClosedCleanly => contents with { ClosedCleanly = true },
            Mistake.ListsNoSubscriptions => contents with { Entries = [.. contents.Entries.Where(entry => entry.Kind != StoreEntryKind.Subscription)] },
            Mistake.OneCursorPerSubscription => contents with { Cursors = [.. contents.Cursors.DistinctBy(cursor => cursor.Subscription)] },
            _ => contents,
        };
    }

    public override async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        switch (mistake)
        {
            case Mistake.LosesTheLastRecord when commit.Appends.Count > 0:
                commit.Appends.RemoveAt(commit.Appends.Count - 1);
                break;
            case Mistake.LosesEverySeventhCommit when ++_commits % 7 == 0:
                return;
            case Mistake.TrimsOneTooFar:
                Replace(commit.Trims, trim => trim with { Below = trim.Below + 1 });
                break;
            case Mistake.TrimsTheWholeLog:
                Replace(commit.Trims, trim => trim with { First = 0 });
                break;
            case Mistake.ForgetsOneIdTooMany when commit.ForgetBelow > 0:
                commit.ForgetBelow++;
                break;
            case Mistake.KeepsForgottenIds:
                commit.Forgotten.Clear();
                break;
            case Mistake.KeepsTheFirstIdOfAnOrdinal:
                commit.MessageIds.RemoveAll(id => !_ordinals.Add(id.Ordinal));
                break;
            case Mistake.IgnoresCancellation:
                cancellationToken = default;
                break;
            case Mistake.LeavesCursorsBehind:
                await CommitAndLeaveCursorsAsync(commit);
                return;
            case Mistake.StoresBeforeItChecks:
                await StorePartsAsync(commit);
                break;
            case Mistake.KeepsTheCallersBytes:
                commit.Appends.ForEach(append => _borrowed[(append.Log, append.Sequence)] = append.Payload);
                break;
            case Mistake.CommitsInTwoSteps when ++_commits <= 20:
                await CommitInTwoStepsAsync(commit);
                return;
        }

        await Inner.CommitAsync(commit, cancellationToken);
    }

    public override async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        if (mistake == Mistake.AnswersWhenClosed && _isClosed)
        {
            return;
        }

        if (mistake == Mistake.EmptiesTheOutput)
        {
            output.Clear();
        }

        TaskCompletionSource? looked = Volatile.Read(ref _looked);
        StoreRange asked = mistake switch
        {
            Mistake.ReadsOneTooMany => range with { MaxRecords = range.MaxRecords + 1 },
            Mistake.ReadsFromTheNextOn => range with { First = range.First + 1 },
            _ => range,
        };
        await Inner.ReadAsync(asked, output, cancellationToken);
        if (mistake == Mistake.KeepsTheCallersBytes)
        {
            Replace(output, record => record with { Payload = _borrowed[(range.Log, record.Sequence)] });
        }
        else if (mistake == Mistake.SwapsTheBytesOfTwoRecords && output.Count > 1)
        {
            (output[0], output[1]) = (output[0] with { Payload = output[1].Payload }, output[1] with { Payload = output[0].Payload });
        }

        looked?.TrySetResult();
    }

    public override async ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        await Inner.ReadScheduledAsync(mistake == Mistake.HoldsBackWhatIsDueNow ? dueTicks - 1 : dueTicks, maxRecords, output, cancellationToken);
        if (mistake == Mistake.ReadsScheduledById)
        {
            output.Sort((one, other) => one.MessageId.High.CompareTo(other.MessageId.High));
        }
    }

    public override ValueTask DisposeAsync()
    {
        _isClosed = true;
        return Inner.DisposeAsync();
    }

    private static void Replace<T>(List<T> items, Func<T, T> with)
    {
        for (int i = 0; i < items.Count; i++)
        {
            items[i] = with(items[i]);
        }
    }

    // Between the two steps one whole read is made: the case has readers at work.
    private async Task CommitInTwoStepsAsync(StoreCommit commit)
    {
        var first = new StoreCommit();
        first.Appends.AddRange(commit.Appends[..(commit.Appends.Count / 2)]);
        commit.Appends.RemoveRange(0, first.Appends.Count);
        await Inner.CommitAsync(first);
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _looked, looked);
        await looked.Task;
        await Inner.CommitAsync(commit);
    }

    private async Task CommitAndLeaveCursorsAsync(StoreCommit commit)
    {
        _cursors.AddRange(commit.Cursors);
        await Inner.CommitAsync(commit);
        var again = new StoreCommit();
        again.Cursors.AddRange(_cursors.Where(cursor => commit.Removed.Contains(cursor.Subscription)));
        await Inner.CommitAsync(again);
    }

    private async Task StorePartsAsync(StoreCommit commit)
    {
        var early = new StoreCommit();
        early.Declared.AddRange(commit.Declared);
        early.Cursors.AddRange(commit.Cursors);
        await Inner.CommitAsync(early);
    }
}
