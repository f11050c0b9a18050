namespace Messaging.Subscriptions;

/// <summary>A subscription's lock for who leaves nothing to do without it, but handing out what was made ready. <see cref="Subscription.Hold"/> takes it.</summary>
/// <remarks>It reaches no other lock, so it may be held under the topology's, where an <see cref="Aftermath"/> may not follow.</remarks>
internal readonly ref struct Guard(Subscription subscription) : IDisposable
{
    private readonly Subscription _subscription = subscription;

    public void Dispose() => _subscription.Leave();
}
