using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

public sealed class SimulatedStoreTests
{
    public static TheoryData<string> Cases => [.. StoreSpecification.CasesFor(new SimulatedDisk().CreateStore().Features).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task SimulatedStore_EachCase_IsPassed(string name) => StoreSpecification.Case(name).RunAsync(new SimulatedDisk().CreateStore);
}
