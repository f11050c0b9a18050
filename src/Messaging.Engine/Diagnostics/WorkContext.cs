namespace Messaging.Diagnostics;

/// <summary>The context in which the engine goes on after it has waited, while a test runs all of it in one place. Otherwise there is none.</summary>
/// <remarks>So each await of the engine asks <see cref="IsCurrent"/> instead of saying <see langword="false"/>. A context of the
/// application's own, of a user interface for instance, is never gone back to.</remarks>
internal abstract class WorkContext : SynchronizationContext
{
    /// <summary>Gets a value indicating whether what runs now was begun in such a context, and is to go on there.</summary>
    public static bool IsCurrent => Current is WorkContext;

    /// <summary>Gets how an await goes on that needs options as well.</summary>
    public static ConfigureAwaitOptions With(ConfigureAwaitOptions options) =>
        IsCurrent ? options | ConfigureAwaitOptions.ContinueOnCapturedContext : options;

    /// <summary>Gets a task that combinators such as <see cref="Task.WhenAny(Task, Task)"/> may stand on: they would go on in the thread pool otherwise.</summary>
    public static Task Of(Task task) => IsCurrent && !task.IsCompleted ? ForwardAsync(task) : task;

    /// <summary>Gets a task that combinators may stand on.</summary>
    public static Task<T> Of<T>(Task<T> task) => IsCurrent && !task.IsCompleted ? ForwardAsync(new ValueTask<T>(task)) : task;

    /// <summary>Gets a task that combinators may stand on.</summary>
    public static Task<T> Of<T>(ValueTask<T> task) => IsCurrent && !task.IsCompleted ? ForwardAsync(task) : task.AsTask();

    /// <summary>Cancels: what is registered runs on the thread pool, or here where everything runs in one place. It leaves nothing behind here.</summary>
    public static Task CancelAsync(CancellationTokenSource source)
    {
        if (!IsCurrent)
        {
            return CleanContext.Get(() => source.CancelAsync());
        }

        try
        {
            CleanContext.Run(static source => ((CancellationTokenSource)source!).Cancel(), source);
            return Task.CompletedTask;
        }
        catch (AggregateException exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>Gets the mistake that the engine is to make in it.</summary>
    public virtual SeededBug? Bug => null;

    /// <summary>Is told that a place was reached at which a test can have the broker's process end.</summary>
    public abstract void Reached(string crashPoint);

    private static async Task ForwardAsync(Task task) => await task.ConfigureAwait(WorkContext.IsCurrent);

    private static async Task<T> ForwardAsync<T>(ValueTask<T> task) => await task.ConfigureAwait(WorkContext.IsCurrent);
}
