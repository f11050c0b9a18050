using Messaging.Sqlite;
using Messaging.Testing.Stores;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Stores;

public sealed class SqliteStoreTests
{
    public static TheoryData<string> Cases => [.. StoreSpecification.CasesFor(new SqliteMessageStore("any.db").Features).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task SqliteStore_EachCase_IsPassed(string name)
    {
        using var folder = new TemporaryFolder();

        // Garbage is collected at once, so that what a case trims is rewritten and deleted while it looks.
        var options = new SqliteStoreOptions { GarbageLeft = 0 };
        await StoreSpecification.Case(name).RunAsync(() => new SqliteMessageStore(folder.File("store.db"), options), path => new SqliteMessageStore(path));
    }
}
