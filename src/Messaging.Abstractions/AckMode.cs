namespace Messaging;

/// <summary>When a delivery is acknowledged, and by whom.</summary>
public enum AckMode
{
    /// <summary>By the application: at least once. The default of consumers.</summary>
    Manual,

    /// <summary>By the worker when the handler returns: at least once. The default of handlers; not for consumers.</summary>
    OnReturn,

    /// <summary>Before the message is handed over: at most once. Settling such a delivery returns <see cref="Settlement.LeaseLost"/>.</summary>
    OnReceive,
}
