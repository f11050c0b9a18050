namespace Messaging.Testing.Workloads;

/// <summary>Why a workload's clients have stopped working with a broker.</summary>
public enum LifeEnd
{
    /// <summary>All steps are taken.</summary>
    Done,

    /// <summary>They were told to, or the broker was closed.</summary>
    Stopped,

    /// <summary>The broker's store has failed, and it must be opened again.</summary>
    Failed,

    /// <summary><see cref="Workload.Crash"/> was called.</summary>
    Crashed,
}
