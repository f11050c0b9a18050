namespace Messaging.Diagnostics;

/// <summary>The execution context in which nobody has set anything: no async-local value, culture or activity of anybody's.</summary>
/// <remarks>What runs in it also leaves nothing behind: its own changes end with it.</remarks>
internal static class EmptyContext
{
    private static readonly ExecutionContext _empty = Capture();

    /// <summary>Runs code that is not ours.</summary>
    public static void Run(ContextCallback callback, object? state) => ExecutionContext.Run(_empty, callback, state);

    /// <summary>Captures it where it is for certain: on a thread of its own, which takes nothing over from its starter.</summary>
    private static ExecutionContext Capture()
    {
        ExecutionContext? captured = null;
        var thread = new Thread(() => captured = ExecutionContext.Capture()) { IsBackground = true, Name = "Messaging empty context" };
        thread.UnsafeStart();
        thread.Join();
        return captured!;
    }
}
