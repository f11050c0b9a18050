using System.Collections.Concurrent;
using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Schema;

/// <summary>What a file of a version contains, as the scripts make it: found out once in a process, in a database without a file.</summary>
internal static class ExpectedSchema
{
    private static readonly ConcurrentDictionary<int, Dictionary<string, SchemaEntry>> _known = new();

    /// <summary>Gets the entries of a version by name.</summary>
    public static IReadOnlyDictionary<string, SchemaEntry> Of(int version) => _known.GetOrAdd(version, Make);

    private static Dictionary<string, SchemaEntry> Make(int version)
    {
        using var database = new Database(":memory:", queryOnly: false);
        Migrator.Embedded().Apply(database, version);
        var entries = new Dictionary<string, SchemaEntry>(StringComparer.Ordinal);
        using var rows = new Statement(database.Handle, $"SELECT {SchemaEntry.Columns} FROM sqlite_schema");
        while (rows.Step())
        {
            var entry = SchemaEntry.Read(rows);
            entries.Add(entry.Name, entry);
        }

        return entries;
    }
}
