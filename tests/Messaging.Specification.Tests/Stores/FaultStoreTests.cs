using Messaging.Testing.Faults;
using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

/// <summary>A store without faults in its plan is as good as the one behind it.</summary>
public sealed class FaultStoreTests
{
    public static TheoryData<string> Cases => SimulatedStoreTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public Task FaultStore_EachCase_IsPassed(string name)
    {
        var disk = new SimulatedDisk();
        return StoreSpecification.Case(name).RunAsync(() => new FaultStore(disk.CreateStore(), new FaultPlan()));
    }
}
