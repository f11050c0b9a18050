using Messaging.Sqlite;
using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Stores;

public sealed class SqliteStoreTests : StoreSpecification
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private protected override IMessageStore CreateStore() =>
        new SqliteMessageStore(_folder.File("store.db"), new SqliteStoreOptions { GarbageLeft = 0 });
}
