namespace Messaging;

/// <summary>A running handler with its deliveries.</summary>
/// <remarks>
/// Disposing stops deliveries, lets running calls finish within <see cref="HandlerOptions.ShutdownTimeout"/>, then
/// cancels their tokens and returns what is unsettled without counting a failure.
/// </remarks>
public interface IWorker : IAsyncDisposable
{
    /// <summary>Gets the number of calls running now.</summary>
    int Running { get; }
}
