namespace Messaging.Specification.Tests.Broker;

/// <summary>A call that may block its thread: it has one of its own, so that the thread pool goes on.</summary>
internal static class OwnThread
{
    public static Task<T> Run<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task Run(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
