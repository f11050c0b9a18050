using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public sealed class InMemoryStoreTests : StoreSpecification
{
    private readonly InMemoryMessageStore _store = new();

    private protected override IMessageStore CreateStore() => _store;
}
