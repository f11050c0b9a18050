using Messaging.Storage;
using Messaging.Testing.Faults;
using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

/// <summary>A store without faults in its plan is as good as the one behind it.</summary>
public sealed class FaultStoreTests : StoreSpecification
{
    private readonly SimulatedDisk _disk = new();
    private readonly FaultPlan _plan = new();

    private protected override IMessageStore CreateStore() => new FaultStore(_disk.CreateStore(), _plan);
}
