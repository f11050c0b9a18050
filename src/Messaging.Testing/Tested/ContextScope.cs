namespace Messaging.Testing.Tested;

/// <summary>A call in another context, until it is disposed.</summary>
internal readonly struct ContextScope : IDisposable
{
    private readonly SynchronizationContext? _before;

    public ContextScope(SynchronizationContext context)
    {
        _before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
    }

    public void Dispose() => SynchronizationContext.SetSynchronizationContext(_before);
}
