using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Tables;
using Messaging.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Opening;

/// <summary>The look at a whole file that a user can ask for when it is opened. It changes nothing.</summary>
internal sealed class StoreCheck
{
    private const int MostListed = 20;

    private readonly Database _database;
    private readonly DamageReport _found = new(passesOver: true);

    private StoreCheck(Database database) => _database = database;

    /// <summary>Checks as the options say.</summary>
    /// <param name="path">The file.</param>
    /// <param name="database">A connection to it.</param>
    /// <param name="options">What to check, and whether to go on with damage.</param>
    /// <param name="damage">Receives the damage that is passed over.</param>
    /// <exception cref="StoreFormatException">There is damage, and it is not to be passed over.</exception>
    public static void Run(string path, Database database, SqliteStoreOptions options, DamageReport damage)
    {
        if (!options.ChecksPages)
        {
            return;
        }

        var check = new StoreCheck(database);
        check.CheckPages();
        if (options.ChecksRows)
        {
            check.CheckRows();
        }

        IReadOnlyList<StoreDamage> found = check._found.Found;
        if (found.Count > 0 && !options.SkipDamaged)
        {
            string more = found.Count > MostListed ? $" And {found.Count - MostListed} more." : "";
            throw new StoreFormatException(path, $"it is damaged. {string.Join(' ', found.Take(MostListed).Select(Describe))}{more}");
        }

        foreach (StoreDamage place in found)
        {
            damage.Note(place);
        }
    }

    private static string Describe(StoreDamage damage) =>
        damage.Log == 0 ? damage.Problem : $"Records {damage.First} to {damage.Last} of log {damage.Log}: {damage.Problem}";

    private void CheckPages() => Try("The file's pages", () =>
    {
        using var rows = new Statement(_database.Handle, "PRAGMA quick_check");
        while (rows.Step())
        {
            if (rows.Text(0) is not "ok" and var problem)
            {
                _found.Note(new StoreDamage($"SQLite says: {problem.ReplaceLineEndings(" ")}."));
            }
        }
    });

    private void CheckRows()
    {
        Try("The store's row", () => _ = new MetaTable(_database));
        Try("The catalog", () => new EntryTable(_database).All());
        Try("The places", () => new CursorTable(_database, _found).Load());
        Try("The remembered ids", () => new MessageIdTable(_database).All(_found));
        Try("The scheduled messages", CheckScheduled);
        Try("The batches", CheckBatches);
    }

    private void CheckScheduled()
    {
        using var rows = new Statement(_database.Handle, $"SELECT {ScheduledRow.Whole} FROM scheduled ORDER BY key");
        while (rows.Step())
        {
            if (!ScheduledRow.TryRead(rows, out ScheduledRecord record))
            {
                _found.Note(new StoreDamage(record.Log == 0
                    ? "The row of a scheduled message is damaged: the message is not delivered."
                    : $"The scheduled message {record.MessageId} of log {record.Log} is damaged: it is not delivered."));
            }
        }
    }

    private void CheckBatches()
    {
        var removed = new List<LogState>();
        var logs = new LogTable(_database);
        logs.Load(removed);
        Dictionary<long, int> ids = logs.All.ToDictionary(log => log.Number, log => log.Id);
        var walk = new BatchWalk(_database, withBodies: true);
        walk.Begin(0, long.MaxValue);
        try
        {
            while (walk.Next())
            {
                CheckBatch(walk, ids);
            }
        }
        finally
        {
            walk.End();
        }
    }

    private void CheckBatch(BatchWalk walk, Dictionary<long, int> ids)
    {
        var runs = new List<BatchRun>();
        try
        {
            if (walk.Damage is { } damage)
            {
                throw new InvalidDataException(damage.Message);
            }

            var directory = new BatchDirectory(walk.Id, walk.Directory);
            while (directory.MoveNext())
            {
                runs.Add(directory.Current);
            }

            directory.Verify(walk.Body);
        }
        catch (InvalidDataException) when (runs.Count > 0)
        {
            foreach (BatchRun run in runs.Where(run => ids.ContainsKey(run.Log)))
            {
                _found.Note(new StoreDamage($"The body of batch {walk.Id} is damaged.", ids[run.Log], run.First, run.Last));
            }
        }
        catch (InvalidDataException e)
        {
            _found.Note(BatchWalk.Describe(walk.Id, e));
        }
    }

    private void Try(string what, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (DamageReport.IsDamage(e) || e is SqliteException { SqliteErrorCode: raw.SQLITE_ERROR or raw.SQLITE_NOTADB })
        {
            _found.Note(new StoreDamage($"{what}: {e.Message}"));
        }
    }
}
