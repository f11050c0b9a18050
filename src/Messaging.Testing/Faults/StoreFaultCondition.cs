using Messaging.Storage;
using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Faults;

/// <summary>Which calls of a store a fault strikes; from <see cref="FaultPlan.On"/>. The last call says what the fault does, and makes the rule.</summary>
/// <remarks>Calls are counted by each rule from its creation on, and only those that match its conditions. Without a condition every call is struck.
/// The condition is not changed by its members: each returns a new one.</remarks>
public sealed class StoreFaultCondition
{
    private readonly FaultJudge _judge;
    private readonly FaultSubject _subject;
    private readonly FaultTrigger _trigger;

    internal StoreFaultCondition(FaultJudge judge, FaultSubject subject, FaultTrigger trigger)
    {
        _judge = judge;
        _subject = subject;
        _trigger = trigger;
    }

    /// <summary>Strikes one call.</summary>
    /// <param name="number">The number of the call, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="number"/> is less than 1.</exception>
    public StoreFaultCondition Nth(int number) => new(_judge, _subject, _trigger.Nth(number));

    /// <summary>Strikes a call and all that come after it.</summary>
    /// <param name="number">The number of the first call, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="number"/> is less than 1.</exception>
    public StoreFaultCondition From(int number) => new(_judge, _subject, _trigger.From(number));

    /// <summary>Strikes each call whose number can be divided by a number.</summary>
    /// <param name="number">That number, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="number"/> is less than 1.</exception>
    public StoreFaultCondition Every(int number) => new(_judge, _subject, _trigger.Every(number));

    /// <summary>Strikes by chance, which the plan's seed decides. Such a rule is not reported when it did not strike.</summary>
    /// <param name="rate">The part of the calls, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is out of range.</exception>
    public StoreFaultCondition Randomly(double rate) => new(_judge, _subject, _trigger.Randomly(rate));

    /// <summary>Strikes no more often than so many times.</summary>
    /// <param name="max">How often, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is less than 1.</exception>
    public StoreFaultCondition Times(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return new StoreFaultCondition(_judge, _subject, _trigger with { Times = max });
    }

    /// <summary>Means only the commits that append or schedule records of one log or move a cursor in it, or only the reads of that log.</summary>
    /// <param name="number">The number of the log, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="number"/> is less than 1.</exception>
    /// <exception cref="InvalidOperationException">The call is neither a commit nor a read: it has no log.</exception>
    public StoreFaultCondition OfLog(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        VerifyHasLog();
        return new StoreFaultCondition(_judge, _subject with { Log = number, Name = null }, _trigger);
    }

    /// <summary>Means only the commits that append or schedule records of one log or move a cursor in it, or only the reads of that log.</summary>
    /// <param name="name">The name of the queue or topic, or of the owner of another log.</param>
    /// <param name="kind">The kind of the log; <see langword="null"/> for that of a queue or topic.</param>
    /// <exception cref="InvalidOperationException">The call is neither a commit nor a read: it has no log.</exception>
    public StoreFaultCondition OfLog(string name, StoreEntryKind? kind = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        VerifyHasLog();
        return new StoreFaultCondition(_judge, _subject with { Log = 0, Name = name, LogKind = kind }, _trigger);
    }

    /// <summary>Means only the commits that append so many records, to the log that was named if one was.</summary>
    /// <param name="count">How many at least, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    /// <exception cref="InvalidOperationException">The call is no commit.</exception>
    public StoreFaultCondition MinAppends(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Verify(_subject.Operation == StoreOperation.Commit, "Only a commit appends records");
        return new StoreFaultCondition(_judge, _subject with { MinAppends = count }, _trigger);
    }

    /// <summary>Lets the call fail for certain: the store is not called, and the caller gets a <see cref="StoreException"/>.</summary>
    public FaultRule Fail() => Add(FaultKind.Fail);

    /// <summary>Lets a commit fail with a <see cref="StoreOutcomeUnknownException"/>. Every later commit fails, until another store is opened.</summary>
    /// <param name="stored">Whether it will be found to have been made.</param>
    /// <exception cref="InvalidOperationException">The call is no commit.</exception>
    public FaultRule FailUnknown(bool stored)
    {
        Verify(_subject.Operation == StoreOperation.Commit, "Only a commit can have an unknown outcome");
        return Add(FaultKind.FailUnknown, default, stored);
    }

    /// <summary>Lets the call wait before it begins. The delays of several rules add up, and other faults strike after them.</summary>
    /// <param name="by">How long, greater than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is not greater than zero.</exception>
    public FaultRule Delay(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(by, TimeSpan.Zero);
        return Add(FaultKind.Delay, by);
    }

    /// <summary>Has the call made a second time after it has succeeded, as by a driver that did not hear of its success.</summary>
    /// <remarks>A store refuses what it has already, such as records under the same numbers, or an opening while it is open: that is ignored, and the
    /// caller hears of the first success. What a second reading gives replaces what the first one gave. A second failure that leaves the store in doubt
    /// (<see cref="StoreException.MustReopen"/>) reaches the caller.</remarks>
    public FaultRule Duplicate() => Add(FaultKind.Duplicate);

    /// <summary>Interrupts the call. A read gives the first half of the records it would give, and at least one of them. A commit is half written, and
    /// the store is cut off: the caller gets a <see cref="StoreOutcomeUnknownException"/>, and so does every later one.</summary>
    /// <remarks>A store whose commits are whole or not at all does not have the commit after reopening; a <see cref="Stores.SimulatedStore"/> is
    /// interrupted within the commit, and another store is not called.</remarks>
    /// <exception cref="InvalidOperationException">The call is neither a commit nor a read of a log.</exception>
    public FaultRule Tear()
    {
        Verify(_subject.Operation is StoreOperation.Commit or StoreOperation.Read, "Only a commit or the read of a log has parts");
        return Add(FaultKind.Tear);
    }

    private FaultRule Add(FaultKind kind, TimeSpan time = default, bool stored = false) =>
        _judge.Add(_subject, _trigger, new FaultEffect(kind, time, stored));

    private void VerifyHasLog() => Verify(_subject.Operation is StoreOperation.Commit or StoreOperation.Read, "Only a commit or a read has a log");

    private void Verify(bool holds, string why)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{why}, and this is about {nameof(StoreOperation)}.{_subject.Operation}.");
        }
    }
}
