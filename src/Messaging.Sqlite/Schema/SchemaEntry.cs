using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Schema;

/// <summary>A row of SQLite's own table of what a file contains.</summary>
/// <param name="Type">The kind: table, index, view or trigger.</param>
/// <param name="Name">Its name.</param>
/// <param name="Table">The table that it belongs to.</param>
/// <param name="Sql">The statement that made it; empty for what SQLite makes by itself.</param>
internal readonly record struct SchemaEntry(string Type, string Name, string Table, string Sql)
{
    /// <summary>The columns of a query whose rows <see cref="Read"/> takes.</summary>
    public const string Columns = "type, name, tbl_name, sql, rootpage";

    public static SchemaEntry Read(Statement row) => new(Text(row, 0), Text(row, 1), Text(row, 2), Text(row, 3));

    private static string Text(Statement row, int column) => row.IsNull(column) ? "" : row.Text(column);
}
