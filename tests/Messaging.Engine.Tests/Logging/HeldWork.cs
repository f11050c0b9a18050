using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Logging;

/// <summary>Work that runs when the test says so, on the test's thread.</summary>
internal sealed class HeldWork : WorkQueue
{
    private readonly Queue<Action> _pieces = new();

    public int Count => _pieces.Count;

    public int Entered { get; private set; }

    public override void Enter() => Entered++;

    public override void Exit() => Entered--;

    public override void Run(Action work) => _pieces.Enqueue(work);

    public override Task WhenIdleAsync() => throw new NotSupportedException();

    public void RunOne() => _pieces.Dequeue()();

    public void RunAll()
    {
        while (_pieces.Count > 0)
        {
            RunOne();
        }
    }
}
