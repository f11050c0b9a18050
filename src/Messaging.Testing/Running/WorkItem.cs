namespace Messaging.Testing.Running;

/// <summary>A piece of work: a callback and what it is given.</summary>
internal readonly record struct WorkItem(SendOrPostCallback Callback, object? State)
{
    public void Run() => Callback(State);
}
