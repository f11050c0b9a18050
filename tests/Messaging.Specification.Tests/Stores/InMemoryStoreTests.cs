using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

public sealed class InMemoryStoreTests
{
    public static TheoryData<string> Cases => [.. StoreSpecification.CasesFor(new InMemoryMessageStore().Features).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task InMemoryStore_EachCase_IsPassed(string name)
    {
        var store = new InMemoryMessageStore();
        await StoreSpecification.Case(name).RunAsync(() => store);
    }
}
