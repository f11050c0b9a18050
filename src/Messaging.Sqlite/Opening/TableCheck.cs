using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Opening;

/// <summary>The look at the small tables that every opening takes: rows that a damaged page hides would not be missed otherwise.</summary>
internal static class TableCheck
{
    private static readonly string[] _needed = ["meta", "entry", "log"];

    private static readonly (string Table, string Consequence)[] _others =
    [
        ("cursor_shard", "Queues and subscriptions whose places are missing begin at their oldest messages again."),
        ("scheduled", "A scheduled message that is missing is not delivered."),
        ("message_id", "A repetition of a message id that is missing is not recognized."),
    ];

    /// <summary>Looks at the pages of the tables.</summary>
    /// <param name="database">A connection.</param>
    /// <param name="damage">Is told of damage that can be passed over.</param>
    /// <exception cref="InvalidDataException">There is damage that is not to be passed over.</exception>
    public static void Run(Database database, DamageReport damage)
    {
        foreach (string table in _needed)
        {
            if (Find(database, table) is { } problem)
            {
                throw new InvalidDataException($"The table '{table}' is damaged: {problem}");
            }
        }

        foreach ((string table, string consequence) in _others)
        {
            if (Find(database, table) is { } problem)
            {
                damage.Meet(new StoreDamage($"The table '{table}' is damaged: {problem} {consequence}"));
                damage.LostCursors |= table == "cursor_shard";
            }
        }
    }

    private static string? Find(Database database, string table)
    {
        try
        {
            using var rows = new Statement(database.Handle, $"PRAGMA quick_check({table})");
            return rows.Step() && rows.Text(0) is not "ok" and var problem ? problem.ReplaceLineEndings(" ") + "." : null;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_ERROR)
        {
            return e.Message;
        }
    }
}
