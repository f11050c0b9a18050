namespace Messaging.Diagnostics;

/// <summary>A mistake that the engine can be told to make, so that tests can show that their checkers see it.</summary>
internal enum SeededBug
{
    None,

    /// <summary>An ack is confirmed before its commit.</summary>
    AckBeforeCommit,

    /// <summary>A settlement is accepted for whatever lease holds the slot now.</summary>
    SkipTokenCheck,

    /// <summary>What a closed consumer held is not returned.</summary>
    LoseReturned,

    /// <summary>A retry is due at half its delay.</summary>
    EarlyTimer,

    /// <summary>A message is put into the buffer twice.</summary>
    DoubleDispatch,

    /// <summary>When two acked ranges become one, the later one is forgotten.</summary>
    ForgetRangeMerge,

    /// <summary>The last acked range is not written to the store.</summary>
    ForgetRangeStored,

    /// <summary>A dead letter is added in one commit, and its source is settled in the next.</summary>
    DeadLetterInTwo,

    /// <summary>After an alarm has rung, it is not set again for what is due later.</summary>
    NoWakeAfterExpiry,

    /// <summary>A floor that moves over acked ranges moves one too far.</summary>
    FloorOffByOne,

    /// <summary>An alarm that has rung for nothing is set again, for ever.</summary>
    LeakTimer,

    /// <summary>Records are shown to readers before their commit.</summary>
    DeliverBeforeCommit,

    /// <summary>The ids that the store remembers are not read when it is opened.</summary>
    ForgetWindow,

    /// <summary>The store is told to trim one record more than all readers have left behind.</summary>
    TrimTooFar,

    /// <summary>The failures that the store holds are not read when it is opened.</summary>
    ForgetFailures,

    /// <summary>A step of the wall clock is not noted in the store: the next opening reads times of the old clock on the new one.</summary>
    ForgetWallStep,
}
