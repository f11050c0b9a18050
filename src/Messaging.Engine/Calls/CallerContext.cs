using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;

namespace Messaging.Calls;

/// <summary>The synchronization context or task scheduler of a caller who waits for a commit, and what is to run there.</summary>
/// <remarks>Posting to it is code of the user's, which may throw or block: so it is done on the thread pool, never where the commit ends.</remarks>
internal sealed class CallerContext
{
    private readonly SynchronizationContext? _context;
    private readonly TaskScheduler _scheduler;
    private readonly Action<object?> _continuation;
    private readonly object? _state;
    private readonly Action<Exception> _failed;

    private CallerContext(
        SynchronizationContext? context, TaskScheduler scheduler, Action<object?> continuation, object? state, Action<Exception> failed)
    {
        _context = context;
        _scheduler = scheduler;
        _continuation = continuation;
        _state = state;
        _failed = failed;
    }

    /// <summary>Gets what to run when the call has ended: it resumes the caller.</summary>
    public static Action<object?> Resume { get; } = static caller => ((CallerContext)caller!).Post();

    /// <summary>Captures the context of the present caller.</summary>
    /// <param name="continuation">What is to run there.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="failed">Receives what the context throws.</param>
    /// <returns>The context; <see langword="null"/> where there is none of the user's.</returns>
    public static CallerContext? Capture(Action<object?> continuation, object? state, Action<Exception> failed)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        if (context is WorkContext || context?.GetType() == typeof(SynchronizationContext))
        {
            context = null;
        }

        TaskScheduler scheduler = TaskScheduler.Current;
        return context is null && scheduler == TaskScheduler.Default ? null : new CallerContext(context, scheduler, continuation, state, failed);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a caller's context throws is that caller's affair.")]
    private void Post()
    {
        try
        {
            if (_context is not null)
            {
                _context.Post(static caller => ((CallerContext)caller!).Continue(), this);
            }
            else
            {
                _ = Task.Factory.StartNew(
                    static caller => ((CallerContext)caller!).Continue(), this, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);
            }
        }
        catch (Exception exception)
        {
            _failed(exception);
        }
    }

    private void Continue() => _continuation(_state);
}
