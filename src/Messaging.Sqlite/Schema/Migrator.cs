using System.Globalization;
using System.Reflection;
using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Schema;

/// <summary>The versions of the schema: numbered scripts, each of which takes a file one version forward.</summary>
internal sealed class Migrator
{
    private static readonly Lazy<Migrator> _embedded = new(ReadEmbedded);

    private readonly SortedList<int, string> _scripts;

    /// <param name="scripts">The scripts by version, from 1 without gaps.</param>
    public Migrator(IEnumerable<KeyValuePair<int, string>> scripts) =>
        _scripts = new SortedList<int, string>(new Dictionary<int, string>(scripts));

    /// <summary>Gets the newest version.</summary>
    public int Newest => _scripts.Keys[^1];

    /// <summary>Gets the scripts that are embedded in this assembly as <c>0001_what.sql</c>.</summary>
    public static Migrator Embedded() => _embedded.Value;

    /// <summary>Takes the file to a version, the newest unless another is named; the caller has begun a transaction.</summary>
    public void Apply(Database database, int last = int.MaxValue)
    {
        long version = database.Scalar("PRAGMA user_version");
        foreach ((int number, string script) in _scripts)
        {
            if (number > version && number <= last)
            {
                database.Execute(script);
                database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={number}"));
            }
        }
    }

    private static Migrator ReadEmbedded()
    {
        Assembly assembly = typeof(Migrator).Assembly;
        return new Migrator(assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => KeyValuePair.Create(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), Read(assembly, name))));
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);

        // SQLite keeps the text of what is created, and compares nothing: the same text on every system.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
