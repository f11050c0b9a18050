using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Writing;

/// <summary>The thread pool as the one place in which everything runs: a writer has no thread of its own then.</summary>
internal sealed class PooledSerialWork : WorkQueue
{
    public override bool IsSerial => true;

    public override void Run(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);

    public override Task WhenIdleAsync() => Task.CompletedTask;
}
