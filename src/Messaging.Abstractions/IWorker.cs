namespace Messaging;

/// <summary>A running handler with its deliveries.</summary>
/// <remarks>
/// <para>Disposing stops deliveries, lets running calls finish within <see cref="HandlerOptions.ShutdownTimeout"/>, then
/// cancels their tokens and returns what is unsettled. From the moment at which the stop begins, no failure is counted, whatever a
/// call throws: its message returns. With <see cref="AckMode.OnReceive"/> the message was acknowledged before, and stays so.</para>
/// <para>A call that disposes its own worker or broker does not wait for itself: the stop begins, and the call goes on at once. The same holds
/// for tasks that the handler has started, while calls run. Everybody else who disposes it waits for the whole stop.</para>
/// </remarks>
public interface IWorker : IAsyncDisposable
{
    /// <summary>Gets the number of calls running now.</summary>
    int Running { get; }

    /// <summary>Gets the number of the running calls that have taken longer than <see cref="HandlerOptions.MaxProcessingTime"/>.</summary>
    /// <value>Reading the message's body counts as part of its call. Each of them takes one of the
    /// <see cref="HandlerOptions.Concurrency"/> places until it returns. Its message has failed, unless it was settled before, and may be handled again
    /// meanwhile. The log has a line for each.</value>
    int Overdue { get; }
}
