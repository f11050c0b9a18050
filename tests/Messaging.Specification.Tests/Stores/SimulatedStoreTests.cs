using Messaging.Storage;
using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

public sealed class SimulatedStoreTests : StoreSpecification
{
    private readonly SimulatedDisk _disk = new();

    private protected override IMessageStore CreateStore() => _disk.CreateStore();
}
