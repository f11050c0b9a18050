using System.Diagnostics;

namespace Messaging.Simulation.Tests;

/// <summary>The engine's own assertions, which a thread can have ignored: then it is the checkers that must find what is wrong.</summary>
internal sealed class EngineAssertions : TraceListener
{
    [ThreadStatic]
    private static bool _areIgnored;

    private static readonly Lock _installing = new();

    private readonly TraceListener[] _others;

    private EngineAssertions(TraceListener[] others) => _others = others;

    /// <summary>Runs something while the assertions on this thread do nothing.</summary>
    public static T Ignore<T>(Func<T> run)
    {
        Install();
        _areIgnored = true;
        try
        {
            return run();
        }
        finally
        {
            _areIgnored = false;
        }
    }

    public override void Fail(string? message, string? detailMessage)
    {
        if (!_areIgnored)
        {
            Array.ForEach(_others, other => other.Fail(message, detailMessage));
        }
    }

    public override void Write(string? message) => Array.ForEach(_others, other => other.Write(message));

    public override void WriteLine(string? message) => Array.ForEach(_others, other => other.WriteLine(message));

    // In the place of those that are there, which throw.
    private static void Install()
    {
        lock (_installing)
        {
            if (!System.Diagnostics.Trace.Listeners.OfType<EngineAssertions>().Any())
            {
                var mine = new EngineAssertions([.. System.Diagnostics.Trace.Listeners.Cast<TraceListener>()]);
                System.Diagnostics.Trace.Listeners.Clear();
                System.Diagnostics.Trace.Listeners.Add(mine);
            }
        }
    }
}
