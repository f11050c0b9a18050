namespace Messaging.Testing.Running;

/// <summary>A piece of work: a callback, what it is given, and for a call from outside its number, from 1.</summary>
internal readonly record struct WorkItem(SendOrPostCallback Callback, object? State, long Call = 0)
{
    public void Run() => Callback(State);
}
