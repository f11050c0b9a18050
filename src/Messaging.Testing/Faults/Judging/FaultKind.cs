namespace Messaging.Testing.Faults.Judging;

/// <summary>What a fault does.</summary>
internal enum FaultKind
{
    Fail,
    FailUnknown,
    Delay,
    Duplicate,
    Tear,
    Crash,
    LoseLease,
    SlowConsumer,
    JumpClock,
}
