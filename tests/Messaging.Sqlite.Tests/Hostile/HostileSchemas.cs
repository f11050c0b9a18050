using System.Buffers.Binary;

namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>Files with our mark that are not made as ours are.</summary>
internal static class HostileSchemas
{
    public static IEnumerable<HostileCase> All =>
    [
        Sql("a trigger that undoes acks", "it holds the trigger 'undo'", "CREATE TRIGGER undo AFTER UPDATE ON cursor_shard BEGIN DELETE FROM cursor_shard; END"),
        Sql("a trigger that deletes batches", "it holds the trigger 'gone'", "CREATE TRIGGER gone AFTER UPDATE ON meta BEGIN DELETE FROM batch; END"),
        Sql("a trigger that never ends", "it holds the trigger 'forever'", """
            CREATE TRIGGER forever AFTER INSERT ON batch BEGIN
                DELETE FROM segment WHERE id IN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT -i FROM n);
            END
            """),
        Sql("a view", "it holds the view 'peek'", "CREATE VIEW peek AS SELECT * FROM batch"),
        Sql("a table of somebody else", "it holds the table 'invoices'", "CREATE TABLE invoices (id INTEGER PRIMARY KEY)"),
        Sql("an index of somebody else", "it holds the index 'by_size'", "CREATE INDEX by_size ON batch (length(body))"),
        Sql("an index of ours that is missing", "its index 'segment_dead' is missing", "DROP INDEX segment_dead"),
        Sql("a table of ours that is missing", "its table 'place' is missing", "DROP TABLE place"),
        Sql("a table of ours with a column more", "its table 'entry' is not the one", "ALTER TABLE entry ADD COLUMN note TEXT"),
        Sql("an untyped copy of a table of ours", "its table 'message_id' is not the one", "DROP TABLE message_id", "CREATE TABLE message_id (ordinal, log, id, sequence, checksum)"),
        Sql("a table without its checks", "its table 'meta' is not the one", "PRAGMA writable_schema=ON", "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (id = 1)', '') WHERE name = 'meta'"),
        Sql("a view in a table's place", "its table 'scheduled' is not the one", "DROP TABLE scheduled", "CREATE VIEW scheduled AS SELECT 1 AS key"),
        Sql("two tables on one page", "it is damaged: its*is said to begin at page", "PRAGMA writable_schema=ON", "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'entry') WHERE name = 'message_id'"),
        Sql("statistics of ANALYZE", "it holds the table 'sqlite_stat1'*DROP TABLE sqlite_stat1", "ANALYZE"),
        Sql("pages of 8,192 bytes", "its pages have 8192 bytes instead of 4096", "PRAGMA journal_mode=DELETE", "PRAGMA page_size=8192; VACUUM"),
        Sql("auto-vacuum", "it is in auto-vacuum mode", "PRAGMA journal_mode=DELETE", "PRAGMA auto_vacuum=FULL; VACUUM"),
        Sql("version 0", "it has version 0, and the first one is 1", "PRAGMA user_version=0"),
        Sql("version -1", "it has version -1, and the first one is 1", "PRAGMA user_version=-1"),
        Sql("version 99", "it has version 99*open it with a newer program", "PRAGMA user_version=99"),
        Header("text in UTF-16", "its text is not UTF-8", header => BinaryPrimitives.WriteUInt32BigEndian(header[56..], 2)),
        Header("pages with room for an extension", "its pages keep 8 bytes for an extension", header => header[20] = 8),
        Sql("a file that was vacuumed by another program", "accepted", "VACUUM"),
        new(HostileCall.Open, "a trigger that another program left in a `-wal`", "it was closed and needs no write-ahead log*belongs to something else", folder =>
            folder.AddInLog("CREATE TRIGGER late AFTER UPDATE ON meta BEGIN DELETE FROM batch; END")),
    ];

    private static HostileCase Sql(string what, string gets, params string[] statements) =>
        new(HostileCall.Open, what, gets, folder => folder.Execute("s.db", statements));

    private static HostileCase Header(string what, string gets, HeaderChange change) => new(HostileCall.Open, what, gets, folder =>
    {
        byte[] bytes = File.ReadAllBytes(folder.File("s.db"));
        change(bytes);
        File.WriteAllBytes(folder.File("s.db"), bytes);
    });

    private delegate void HeaderChange(Span<byte> header);
}
