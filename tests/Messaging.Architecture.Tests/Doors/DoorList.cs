namespace Messaging.Architecture.Tests.Doors;

/// <summary>The doors. A call that goes through none of them is a new one, which needs a line here and a test for each behaviour.</summary>
internal static class DoorList
{
    private const string ReturnsNothing = "it returns nothing";

    public static readonly Door[] All =
    [
        new()
        {
            Name = "handler",
            Calls = ["ISubscription.Handle(handler)", "SubscriptionExtensions.Handle(handler)"],
            CalledOn = "the thread pool, in a loop of the worker",
            Holds = "Its message fails, or holds one slot. Each call begins in a clean context.",
            TestClass = "HandlerDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Handler_ThrowingAtOnceOrLater_FailsItsOwnMessage",
                [Behaviour.Reenters] = "Handler_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Handler_NotComingBack_HoldsItsOwnSlot",
                [Behaviour.LeavesAmbientState] = "Handler_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Handler_ReturningATaskThatThrows_FailsItsOwnMessage",
            },
        },
        new()
        {
            Name = "retry policy, the delay",
            Calls = ["RetryPolicy.DelayAfter"],
            CalledOn = "the caller of a nack, a loop of the worker, the thread pool for a lease that has ended",
            Holds = "Its message waits for the default policy's delay, the failure counts, and the log names the policy. What it returns is clamped.",
            TestClass = "PolicyDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "DelayAfter_Throwing_CostsTheDefaultDelayAndIsLogged",
                [Behaviour.Reenters] = "DelayAfter_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "DelayAfter_NotComingBack_HoldsItsOwnMessageOnly",
                [Behaviour.LeavesAmbientState] = "Policy_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "DelayAfter_ReturningMoreThanTheRange_MeansItsEnd",
            },
        },
        new()
        {
            Name = "retry policy, the limit",
            Calls = ["RetryPolicy.MaxFailures"],
            CalledOn = "as the delay; and whoever receives a message that has failed before",
            Holds = "As for the delay; less than one means one.",
            TestClass = "PolicyDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "MaxFailures_Throwing_CostsTheDefaultDelayAndIsLogged",
                [Behaviour.Reenters] = "MaxFailures_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "MaxFailures_NotComingBack_HoldsItsOwnMessageOnly",
                [Behaviour.LeavesAmbientState] = "Policy_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "MaxFailures_ReturningLessThanOne_MeansOne",
            },
        },
        new()
        {
            Name = "options compared and described",
            Calls = ["T.Equals in OptionCheck.CheckSame", "T in OptionCheck.CheckSame", "object.ToString in SafeText.Of", "IFormattable.ToString"],
            CalledOn = "who names a queue, topic or subscription that exists",
            Holds = "That call throws, or waits; no other call does.",
            TestClass = "OptionsDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Policy_ThrowingWhenCompared_FailsTheCallOnly",
                [Behaviour.Reenters] = "Policy_UsingTheBrokerWhenComparedOrDescribed_ComesBack",
                [Behaviour.IsSlow] = "Policy_NotComingBackWhenComparedOrDescribed_HoldsItsCallerOnly",
                [Behaviour.LeavesAmbientState] = "Policy_LeavingAmbientStateWhenCompared_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Policy_EqualToEverythingOrSayingNothing_ChangesNothing",
            },
        },
        new()
        {
            Name = "serializer, writing",
            Calls = ["IMessageSerializer.Serialize", "T in JsonMessageSerializer.Serialize"],
            CalledOn = "the sender",
            Holds = "The send throws and sends nothing.",
            TestClass = "SerializerDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Serialize_Throwing_FailsTheSendOnly",
                [Behaviour.Reenters] = "Serialize_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Serialize_NotComingBack_HoldsItsSenderOnly",
                [Behaviour.LeavesAmbientState] = "Deserialize_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Serialize_MisusingItsBuffer_FailsTheSendOnly",
            },
        },
        new()
        {
            Name = "serializer, reading",
            Calls = ["IMessageSerializer.Deserialize"],
            CalledOn = "who receives, a loop of the worker, who reads a dead letter",
            Holds = "The message is dead-lettered with the reason.",
            TestClass = "SerializerDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Deserialize_Throwing_DeadLettersWithTheReason",
                [Behaviour.Reenters] = "Deserialize_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Deserialize_NotComingBack_HoldsItsReceiverOnly",
                [Behaviour.LeavesAmbientState] = "Deserialize_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Deserialize_ReturningNothing_IsHandedOverAsNothing",
            },
        },
        new()
        {
            Name = "logger",
            Calls = ["ILogger.Log", "ILogger.IsEnabled"],
            CalledOn = "the thread pool, one entry after the other",
            Holds = "Everything but the log.",
            TestClass = "LogDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Log_Throwing_ChangesNothing",
                [Behaviour.Reenters] = "Log_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Log_NotComingBack_HoldsNobody",
                [Behaviour.LeavesAmbientState] = "Log_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "IsEnabled_ReturningFalse_ChangesNothing",
            },
        },
        new()
        {
            Name = "logger factory",
            Calls = ["ILoggerFactory.CreateLogger"],
            CalledOn = "who opens a broker",
            Holds = "The opening throws and closes the store.",
            TestClass = "LogDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "CreateLogger_Throwing_ClosesTheStore",
                [Behaviour.ReturnsNonsense] = "CreateLogger_ReturningNothing_LogsNothingOrRefusesByName",
            },
            NotTested = new()
            {
                [Behaviour.Reenters] = "there is no broker yet",
                [Behaviour.IsSlow] = "there is no broker yet",
                [Behaviour.LeavesAmbientState] = "it is left to the caller who opens",
            },
        },
        new()
        {
            Name = "clock, reading",
            Calls = ["TimeProvider.GetTimestamp", "TimeProvider.GetUtcNow", "TimeProvider.TimestampFrequency"],
            CalledOn = "any thread, also under locks",
            Holds = "The last good time is used.",
            TestClass = "ClockDoorTests",
            UnderALock = "the one exception of the contract: a clock that hangs is out of scope",
            OnEngineThreads = "the one exception of the contract: a clock that hangs is out of scope",
            Tests = new()
            {
                [Behaviour.Throws] = "Reading_Throwing_GoesOnWithTheLastGoodTime",
                [Behaviour.LeavesAmbientState] = "Clock_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Reading_GoingBackwards_LosesNothing",
            },
            NotTested = new()
            {
                [Behaviour.Reenters] = "out of scope, since it is read under locks",
                [Behaviour.IsSlow] = "out of scope, since it is read under locks",
            },
        },
        new()
        {
            Name = "clock, its timer",
            Calls = ["TimeProvider.CreateTimer", "ITimer.Change", "ITimer.Dispose"],
            CalledOn = "who opens; who sets an alarm, on any thread; who closes",
            Holds = "The opening throws. A timer that could not be set is set again, and no alarm is lost.",
            TestClass = "ClockDoorTests",
            OnEngineThreads = "the timer is set again where it has rung",
            Tests = new()
            {
                [Behaviour.Throws] = "Change_Throwing_IsTriedAgain",
                [Behaviour.Reenters] = "Change_UsingTheBroker_ComesBack",
                [Behaviour.LeavesAmbientState] = "Clock_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Change_SayingThatItFailed_ChangesNothing",
            },
            NotTested = new() { [Behaviour.IsSlow] = "a clock that hangs is out of scope" },
        },
        new()
        {
            Name = "condition of a redrive or purge",
            Calls = ["IDeadLetterQueue.RedriveAsync(where)", "IDeadLetterQueue.PurgeAsync(where)"],
            CalledOn = "the caller, and the thread pool once it has waited",
            Holds = "The call throws; letters that it did not move are still there.",
            TestClass = "FilterDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Where_Throwing_EndsTheCallAndLosesNothing",
                [Behaviour.Reenters] = "Where_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Where_NotComingBack_HoldsItsCallerOnly",
                [Behaviour.LeavesAmbientState] = "Where_LeavingAmbientState_LeavesItToNobody",
            },
            NotTested = new() { [Behaviour.ReturnsNonsense] = "it says yes or no" },
        },
        new()
        {
            Name = "collection of a batch",
            Calls = ["IProducer.SendBatchAsync(messages)", "ProducerExtensions.SendBatchAsync(bodies)"],
            CalledOn = "the sender",
            Holds = "The call throws and sends nothing, or sends what one walk gave.",
            TestClass = "BatchDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Messages_Throwing_SendNothing",
                [Behaviour.Reenters] = "Messages_UsingTheBroker_ComeBack",
                [Behaviour.IsSlow] = "Messages_NotComingBack_HoldTheirSenderOnly",
                [Behaviour.LeavesAmbientState] = "Messages_LeavingAmbientState_LeaveItToNobody",
                [Behaviour.ReturnsNonsense] = "Messages_WithAnotherCountThanTheyHave_SendWhatOneWalkGives",
            },
        },
        new()
        {
            Name = "what an exception says",
            Calls = ["Exception.Message", "Exception.ToString", "Exception.StackTrace"],
            CalledOn = "a loop of the worker, who receives, who sends, the writer for a store's exception",
            Holds = "A safe text stands for it: its type, and what it could say.",
            TestClass = "ExceptionDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Description_Throwing_ChangesNothing",
                [Behaviour.Reenters] = "Description_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Description_NotComingBack_HoldsItsOwnMessageOnly",
                [Behaviour.LeavesAmbientState] = "Description_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "Description_BeingNothingOrEndless_ChangesNothing",
            },
        },
        new()
        {
            Name = "callbacks on tokens",
            Calls = ["CancellationTokenSource.Cancel", "CancellationTokenSource.CancelAsync"],
            CalledOn = "the thread pool; who disposes a consumer",
            Holds = "The message comes again; who cancels waits for none, but for a worker's stop, and fails with none.",
            TestClass = "CallbackDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Callback_Throwing_ChangesNothing",
                [Behaviour.Reenters] = "Callback_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Callback_NotComingBack_HoldsNobody",
                [Behaviour.LeavesAmbientState] = "Callback_LeavingAmbientState_LeavesItToNobody",
            },
            NotTested = new() { [Behaviour.ReturnsNonsense] = ReturnsNothing },
        },
        new()
        {
            Name = "callers who await, and their contexts",
            Calls = ["awaiting caller", "SynchronizationContext.Post", "IValueTaskSource.OnCompleted(continuation)", "IValueTaskSource.OnCompleted(state)"],
            CalledOn = "the thread pool, also where a caller's own context is posted to",
            Holds = "A caller holds nobody else.",
            TestClass = "AwaiterDoorTests",
            UnderALock = "continuations run on the thread pool: each source of a task says so, which a rule demands",
            OnEngineThreads = "continuations run on the thread pool: each source of a task says so, which a rule demands",
            Tests = new()
            {
                [Behaviour.Throws] = "Context_OfACallerWhoAwaitsACommit_HoldsNoCommit",
                [Behaviour.Reenters] = "Continuation_UsingTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Continuation_NotComingBack_HoldsItsCallerOnly",
                [Behaviour.LeavesAmbientState] = "Continuation_ThrowingOrLeavingAmbientState_ChangesNothing",
            },
            NotTested = new() { [Behaviour.ReturnsNonsense] = ReturnsNothing },
        },
        new()
        {
            Name = "store, at work",
            Calls =
            [
                "IMessageStore.CommitAsync", "IMessageStore.MaintainAsync", "IMessageStore.ReadAsync", "IMessageStore.ReadScheduledAsync",
                "IMessageStore.BackupAsync", "StoreOutcomeUnknownException.MessageIds",
            ],
            CalledOn = "the writer's thread; reads on the thread pool",
            Holds = "Nothing is confirmed that it did not store. What lives in memory, timers and readers go on.",
            TestClass = "StoreDoorTests",
            OnEngineThreads = "the writer's thread is there for it",
            Tests = new()
            {
                [Behaviour.Throws] = "Commit_ThrowingWhatNoStoreMay_StopsWhatItStoresAndNothingElse",
                [Behaviour.Reenters] = "Store_LookingAtTheBroker_ComesBack",
                [Behaviour.IsSlow] = "Store_NotComingBack_HoldsNeitherTimersNorReaders",
                [Behaviour.LeavesAmbientState] = "Store_LeavingAmbientState_LeavesItToNobody",
                [Behaviour.ReturnsNonsense] = "StoreSpecificationTests.Run_StoreWithAMistake_FindsIt",
            },
        },
        new()
        {
            Name = "store, opened and closed",
            Calls =
            [
                "IMessageStore.OpenAsync", "IMessageStore.DisposeAsync", "IMessageStore.Features",
                "StoreContents.Entries", "StoreContents.Cursors", "StoreContents.Scheduled", "StoreContents.MessageIds", "StoreContents.Damage",
                "StoreContents.LastSequences", "StoreContents.MeanRecordBytes",
            ],
            CalledOn = "who opens or closes",
            Holds = "The opening throws and closes the store, which can be opened again.",
            TestClass = "StoreDoorTests",
            Tests = new()
            {
                [Behaviour.Throws] = "Open_ReturningNothingOrHalfOfIt_IsRefusedAndClosesTheStore",
                [Behaviour.ReturnsNonsense] = "Open_ReturningNothingOrHalfOfIt_IsRefusedAndClosesTheStore",
            },
            NotTested = new()
            {
                [Behaviour.Reenters] = "there is no broker yet",
                [Behaviour.IsSlow] = "there is no broker yet",
                [Behaviour.LeavesAmbientState] = "it is left to the caller who opens",
            },
        },
    ];
}
