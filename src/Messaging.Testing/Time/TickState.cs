using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Messaging.Testing.Time;

/// <summary>What a <see cref="PeriodicTimer"/> shares with its clock: from there it is known whether somebody waits for its next tick.</summary>
/// <remarks>A clock is not told of such a wait, so the timer's own fields are read. If a later framework names them otherwise, waits for ticks are not
/// known: then a test does not come to rest, and says so.</remarks>
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that is gone is not read.")]
internal sealed class TickState
{
    private readonly object _state;
    private readonly FieldInfo _active;
    private readonly FieldInfo _signaled;

    private TickState(object state, FieldInfo active, FieldInfo signaled)
    {
        _state = state;
        _active = active;
        _signaled = signaled;
    }

    /// <summary>Gets a value indicating whether somebody waits for a tick that has not come.</summary>
    public bool IsAwaited => _active.GetValue(_state) is true && _signaled.GetValue(_state) is false;

    /// <summary>Gets it, if that is what a timer was given.</summary>
    public static TickState? Of(object? state)
    {
        Type? type = state?.GetType();
        return type?.DeclaringType == typeof(PeriodicTimer) && Field(type, "_activeWait") is { } active && Field(type, "_signaled") is { } signaled
            ? new TickState(state!, active, signaled)
            : null;
    }

    private static FieldInfo? Field(Type type, string name) =>
        type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic) is { } field && field.FieldType == typeof(bool) ? field : null;
}
