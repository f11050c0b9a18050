using Messaging.Diagnostics;

namespace Messaging.Testing.Running;

/// <summary>The context of a broker under test: what waits in it goes on in the queue of its <see cref="SerialWork"/>.</summary>
internal sealed class SerialContext(SerialWork work) : WorkContext
{
    /// <summary>Gets or sets what is told of crash points.</summary>
    public Action<string>? CrashPointReached { get; set; }

    /// <summary>Gets or sets the mistake that the engine is to make.</summary>
    public SeededBug? Mistake { get; set; }

    public override SeededBug? Bug => Mistake;

    public override void Post(SendOrPostCallback d, object? state) => work.Add(new WorkItem(d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (work.Count.IsHere)
        {
            d(state);
            return;
        }

        using var done = new ManualResetEventSlim();
        Post(
            _ =>
            {
                try
                {
                    d(state);
                }
                finally
                {
                    done.Set();
                }
            },
            null);
        done.Wait();
    }

    public override SynchronizationContext CreateCopy() => this;

    public override void Reached(string crashPoint) => CrashPointReached?.Invoke(crashPoint);
}
