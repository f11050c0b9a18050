namespace Messaging.Diagnostics;

/// <summary>The execution context in which there is nothing of anybody: no async-local value, no culture, no activity, no transaction.</summary>
/// <remarks>What the engine starts for itself begins here. So it sees nothing of its starter, and keeps nothing of it alive.</remarks>
internal static class CleanContext
{
    private static readonly ExecutionContext _empty = Capture();

    /// <summary>Runs a callback in the empty context, and puts the caller's context back, the synchronization context too.</summary>
    public static void Run(ContextCallback callback, object? state) => ExecutionContext.Run(_empty, callback, state);

    /// <summary>Gets what a function makes in the empty context.</summary>
    public static T Get<T>(Func<T> make)
    {
        T made = default!;
        ExecutionContext.Run(_empty, _ => made = make(), null);
        return made;
    }

    private static ExecutionContext Capture()
    {
        ExecutionContext? empty = null;
        // Only a thread that was started without a context has surely none.
        var thread = new Thread(() => empty = ExecutionContext.Capture()) { IsBackground = true, Name = "Messaging clean context" };
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
