using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Writing;

/// <summary>The one place in which a broker runs, where nothing runs until a test says so.</summary>
internal sealed class HeldWork : WorkQueue
{
    private readonly Queue<Action> _held = new();

    public override bool IsSerial => true;

    public override void Enter()
    {
    }

    public override void Exit()
    {
    }

    public override void Run(Action work) => _held.Enqueue(work);

    public override Task WhenIdleAsync() => Task.CompletedTask;

    public void RunAll()
    {
        while (_held.TryDequeue(out Action? work))
        {
            work();
        }
    }
}
