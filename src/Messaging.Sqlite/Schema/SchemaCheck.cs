using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Schema;

/// <summary>The comparison of what a file contains with what its version must contain, before anything else of it is read.</summary>
/// <remarks>A trigger would run with each statement of ours, a table of other columns would be read wrongly, and an index or a table of
/// statistics changes what SQLite does. So nothing more and nothing less is accepted.</remarks>
internal static class SchemaCheck
{
    private const int RootColumn = 4;

    /// <summary>Compares.</summary>
    /// <param name="path">The file.</param>
    /// <param name="database">A connection to it.</param>
    /// <param name="version">The version that the file says it has.</param>
    /// <exception cref="StoreFormatException">There is a difference; the first one is named.</exception>
    public static void Verify(string path, Database database, int version)
    {
        IReadOnlyDictionary<string, SchemaEntry> expected = ExpectedSchema.Of(version);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var roots = new HashSet<long>();
        using (var rows = new Statement(database.Handle, $"SELECT {SchemaEntry.Columns} FROM sqlite_schema"))
        {
            while (rows.Step())
            {
                var entry = SchemaEntry.Read(rows);
                if (!expected.TryGetValue(entry.Name, out SchemaEntry known) || !seen.Add(entry.Name))
                {
                    throw new StoreFormatException(path, Extra(entry, version));
                }

                if (entry != known)
                {
                    throw new StoreFormatException(path, $"its {known.Type} '{known.Name}' is not the one of a store of version {version}. Put a copy in its place.");
                }

                long root = rows.Int64(RootColumn);
                if (!roots.Add(root) || (entry.Name == MetaTable.Name && root != MetaTable.Page))
                {
                    throw new StoreFormatException(path, $"it is damaged: its {known.Type} '{known.Name}' is said to begin at page {root}.");
                }
            }
        }

        foreach ((string name, SchemaEntry missing) in expected)
        {
            if (!seen.Contains(name))
            {
                throw new StoreFormatException(path, $"its {missing.Type} '{name}' is missing. Put a copy in its place.");
            }
        }
    }

    private static string Extra(SchemaEntry entry, int version)
    {
        string way = entry.Name.StartsWith("sqlite_stat", StringComparison.Ordinal)
            ? $"ANALYZE made it: DROP TABLE {entry.Name}."
            : "Remove it with the program that added it, or put a copy in the file's place.";
        return $"it holds the {entry.Type} '{entry.Name}', and a store of version {version} has nothing of that name. {way}";
    }
}
