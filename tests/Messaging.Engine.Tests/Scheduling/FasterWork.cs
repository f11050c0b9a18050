using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Scheduling;

/// <summary>Work on other threads that always ends before whoever has asked for it goes on.</summary>
internal sealed class FasterWork : WorkQueue
{
    public override void Enter()
    {
    }

    public override void Exit()
    {
    }

    public override void Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait();

    public override Task WhenIdleAsync() => Task.CompletedTask;
}
