namespace Messaging.Testing.Faults;

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
