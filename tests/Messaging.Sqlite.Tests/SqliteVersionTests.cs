using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Tests;

/// <summary>Which SQLite the tests run on, and so does whoever installs the package.</summary>
public sealed class SqliteVersionTests
{
    [Fact]
    public void Sqlite_ThatIsRestored_HasTheWriteAheadLogsResetMended()
    {
        using var database = new Database(":memory:", queryOnly: true);
        using var statement = new Statement(database.Handle, "SELECT sqlite_version()");
        statement.Step();

        Version.Parse(statement.Text(0)).Should().BeGreaterThanOrEqualTo(
            new Version(3, 51, 3), "two connections that write or checkpoint at once can corrupt a file with an older one");
    }
}
