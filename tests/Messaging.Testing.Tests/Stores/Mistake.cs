namespace Messaging.Testing.Tests.Stores;

/// <summary>The mistakes that the specification must find.</summary>
public enum Mistake
{
    /// <summary>A second opening begins anew with an epoch of 1.</summary>
    KeepsTheEpoch,

    /// <summary>Opening says that all was closed in good order, whatever happened.</summary>
    AlwaysClosedCleanly,

    /// <summary>A store that is open can be opened.</summary>
    ServesTwoOwners,

    /// <summary>Opening forgets one kind of entry.</summary>
    ListsNoSubscriptions,

    /// <summary>Cursors are told apart by their subscription alone.</summary>
    OneCursorPerSubscription,

    /// <summary>Reads go on after disposing, and give nothing.</summary>
    AnswersWhenClosed,

    /// <summary>The last record of each commit is missing.</summary>
    LosesTheLastRecord,

    /// <summary>Some commits are confirmed and not stored.</summary>
    LosesEverySeventhCommit,

    /// <summary>Readers see half a commit.</summary>
    CommitsInTwoSteps,

    /// <summary>What is wrong with a commit is found when some of it is stored.</summary>
    StoresBeforeItChecks,

    /// <summary>A commit that was cancelled is stored all the same.</summary>
    IgnoresCancellation,

    /// <summary>Bytes are not copied from the buffers of the caller.</summary>
    KeepsTheCallersBytes,

    /// <summary>Each trim takes one live record with it.</summary>
    TrimsOneTooFar,

    /// <summary>A trim of a range trims all that is before it.</summary>
    TrimsTheWholeLog,

    /// <summary>The last of the ids that are to be remembered is forgotten, too.</summary>
    ForgetsOneIdTooMany,

    /// <summary>Ids that are named one by one are not forgotten.</summary>
    KeepsForgottenIds,

    /// <summary>Of two ids of one ordinal, the first one stays.</summary>
    KeepsTheFirstIdOfAnOrdinal,

    /// <summary>A subscription that is removed leaves its cursors.</summary>
    LeavesCursorsBehind,

    /// <summary>A read gives one record more than wanted.</summary>
    ReadsOneTooMany,

    /// <summary>A read starts behind the first record wanted.</summary>
    ReadsFromTheNextOn,

    /// <summary>A read replaces what its output holds.</summary>
    EmptiesTheOutput,

    /// <summary>Two records of a read have each other's bytes.</summary>
    SwapsTheBytesOfTwoRecords,

    /// <summary>Scheduled records come in the order of their ids.</summary>
    ReadsScheduledById,

    /// <summary>What is due at the very time asked for is held back.</summary>
    HoldsBackWhatIsDueNow,
}
