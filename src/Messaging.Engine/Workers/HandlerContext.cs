using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Diagnostics;

namespace Messaging.Workers;

/// <summary>The ambient state in which each call of a worker's handler begins: nobody's, but for a mark that names the worker.</summary>
/// <remarks>The mark flows with the handler: over its awaits, and into the tasks that it starts. So a handler that stops its own worker is
/// recognized, and does not wait for itself.</remarks>
internal sealed class HandlerContext
{
    private static readonly AsyncLocal<HandlerContext?> _current = new();

    private readonly ExecutionContext _base;
    private readonly SynchronizationContext? _home = WorkContext.IsCurrent ? SynchronizationContext.Current : null;

    // Forgotten when the worker has stopped: tasks that a handler has started may keep the mark for ever.
    private ITrackedWorker? _worker;
    private BrokerContext? _broker;

    public HandlerContext(ITrackedWorker worker, BrokerContext broker)
    {
        _worker = worker;
        _broker = broker;
        _base = CleanContext.Get(() =>
        {
            _current.Value = this;
            return ExecutionContext.Capture()!;
        });
    }

    /// <summary>Tells whether a call of the worker's handler may be waiting for the caller.</summary>
    public static bool IsWithin(ITrackedWorker worker) => _current.Value?._worker is { Running: > 0 } current && current == worker;

    /// <summary>Tells whether a call of one of a broker's handlers may be waiting for the caller.</summary>
    public static bool IsWithin(BrokerContext broker) => _current.Value is { _worker.Running: > 0 } current && current._broker == broker;

    /// <summary>Runs a callback in the context, and puts the caller's back.</summary>
    public void Run(ContextCallback callback, object? state) => ExecutionContext.Run(_base, callback, state);

    /// <summary>Puts the context back where the handler, or whatever else was called on this thread, has changed it.</summary>
    /// <remarks>Comparing costs a few nanoseconds; mostly there is nothing to put back.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Restore()
    {
        if (ExecutionContext.Capture() != _base || SynchronizationContext.Current != _home)
        {
            RestoreChanged();
        }
    }

    /// <summary>Forgets the worker, which has stopped.</summary>
    public void End()
    {
        _worker = null;
        _broker = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RestoreChanged()
    {
        ExecutionContext.Restore(_base);
        SynchronizationContext.SetSynchronizationContext(_home);
    }
}
