using Messaging.Storage;

namespace Messaging.Testing.Tests.Stores;

/// <summary>A store that can only be opened.</summary>
internal sealed class UnfinishedStore() : ForwardingStore(new InMemoryMessageStore())
{
    public override ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default) => throw new NotImplementedException("Not yet.");
}
