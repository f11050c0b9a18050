namespace Messaging.Sqlite.Paths;

/// <summary>The rules of a path as it is given, before anybody looks at the disk.</summary>
internal static class StorePath
{
    private static readonly string[] _keywords = ["Data Source=", "DataSource=", "Filename="];

    /// <summary>Throws <see cref="ArgumentException"/> for what SQLite's other interfaces take, and a file system would take for a strange name.</summary>
    /// <param name="path">The path.</param>
    /// <param name="parameter">The name of the parameter.</param>
    /// <param name="call">The call with <c>{0}</c> for the path, to show how it is meant.</param>
    public static void Verify(string path, string parameter, string call)
    {
        ArgumentNullException.ThrowIfNull(path, parameter);
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new ArgumentException($"The path is empty. Name a file: {string.Format(null, call, "shop.db")}.", parameter);
        }

        string trimmed = path.Trim();
        if (trimmed.Equals(":memory:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"'{path}' is SQLite's name for a database without a file. Call MessageBroker.InMemory() for a broker that keeps nothing.", parameter);
        }

        if (trimmed.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{path}' is a URI. Name the file by its plain path: {string.Format(null, call, "shop.db")}.", parameter);
        }

        foreach (string part in trimmed.Split(';', StringSplitOptions.TrimEntries))
        {
            if (SourceOf(part) is { } source)
            {
                throw new ArgumentException(
                    $"'{path}' is a connection string. Name the file by its plain path: {string.Format(null, call, source)}.", parameter);
            }
        }
    }

    private static string? SourceOf(string part)
    {
        // Spaces around the sign are allowed in a connection string.
        int sign = part.IndexOf('=', StringComparison.Ordinal);
        string key = sign < 0 ? "" : part[..sign].TrimEnd() + "=";
        return _keywords.Contains(key, StringComparer.OrdinalIgnoreCase) ? part[(sign + 1)..].Trim().Trim('"', '\'') : null;
    }
}
