namespace Quickstart;

/// <summary>A worker process that ended by itself before its work was done; what it had to say is on the error output.</summary>
internal sealed class WorkerDiedException() : Exception("The worker process ended before its work was done.");
