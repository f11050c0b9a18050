using System.Reflection;

namespace Messaging.Testing.Time;

/// <summary>Tells whether somebody still waits for the task of a delay. One that lost a race in <see cref="Task.WhenAny(Task, Task)"/> is left behind:
/// its code goes on, and does not wait any more.</summary>
/// <remarks>A clock is not told of that, so the task's own field is read. If a later framework names it otherwise, each delay that has not ended counts
/// as a wait.</remarks>
internal static class DelayState
{
    private static readonly FieldInfo? _continuation =
        typeof(Task).GetField("m_continuationObject", BindingFlags.Instance | BindingFlags.NonPublic);

    public static bool IsAwaited(Task delay)
    {
        if (_continuation is null)
        {
            return true;
        }

        if (_continuation.GetValue(delay) is not List<object?> several)
        {
            return _continuation.GetValue(delay) is not null;
        }

        // Whoever stops waiting leaves an empty place behind. The framework guards the list in the same way.
        lock (several)
        {
            return several.Exists(static continuation => continuation is not null);
        }
    }
}
