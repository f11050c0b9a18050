namespace Messaging.Workers;

/// <summary>A worker that the broker stops when it closes, and forgets when it has stopped before.</summary>
internal interface ITrackedWorker : IWorker
{
    /// <summary>Gets a value indicating whether it has stopped, so that nobody need remember it.</summary>
    bool IsStopped { get; }
}
