using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Schema;

namespace Messaging.Sqlite.Tests.Schema;

public sealed class MigratorTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Apply_OlderFile_TakesOnlyTheStepsThatAreNew()
    {
        await File.WriteAllBytesAsync(_folder.Path, []);
        using var database = new Database(_folder.Path, queryOnly: false);
        var first = new Migrator([KeyValuePair.Create(1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)")]);
        var second = new Migrator(
        [
            KeyValuePair.Create(3, "UPDATE a SET x = x * 10"),
            KeyValuePair.Create(1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)"),
            KeyValuePair.Create(2, "UPDATE a SET x = x + 1"),
        ]);

        first.Apply(database);
        second.Apply(database);
        second.Apply(database);

        database.Scalar("SELECT x FROM a").Should().Be(20);
        database.Scalar("PRAGMA user_version").Should().Be(3);
    }

    [Fact]
    public void Embedded_Scripts_AreNumberedWithoutGaps()
    {
        string[] names = [.. typeof(Migrator).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        names.Select(name => int.Parse(name[..4])).Should().Equal(Enumerable.Range(1, names.Length));
        Migrator.Embedded().Newest.Should().Be(names.Length);
    }
}
