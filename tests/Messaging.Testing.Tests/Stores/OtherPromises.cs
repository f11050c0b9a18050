using Messaging.Storage;

namespace Messaging.Testing.Tests.Stores;

/// <summary>A store with other promises than its own.</summary>
internal sealed class OtherPromises(IMessageStore inner, StoreFeatures features) : ForwardingStore(inner)
{
    public override StoreFeatures Features => features;
}
