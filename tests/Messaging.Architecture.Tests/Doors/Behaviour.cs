namespace Messaging.Architecture.Tests.Doors;

/// <summary>What code behind a door may do to its caller.</summary>
internal enum Behaviour
{
    /// <summary>It throws.</summary>
    Throws,

    /// <summary>It calls the broker from another thread and waits for that.</summary>
    Reenters,

    /// <summary>It does not come back for a long time.</summary>
    IsSlow,

    /// <summary>It leaves a culture, a context or a local value of the flow behind.</summary>
    LeavesAmbientState,

    /// <summary>It returns what nobody expects.</summary>
    ReturnsNonsense,
}
