using System.Globalization;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Log;

namespace Messaging.Sqlite.Catalog;

/// <summary>The one row about the store itself.</summary>
internal sealed class MetaTable
{
    private readonly Statement _update;

    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public MetaTable(Database database)
    {
        _update = database.Prepare("UPDATE meta SET state = ?1, epoch = ?2, checksum = ?3");
        using var row = new Statement(database.Handle, "SELECT store_id, epoch, state, checksum FROM meta");
        if (!row.Step() || row.Int64(3) != Checksum.OfRow(row.Int64(0), row.Int64(1), row.Int64(2), []))
        {
            throw new InvalidDataException("The row about the store itself is damaged.");
        }

        StoreId = (uint)row.Int64(0);
        StoredEpoch = (uint)row.Int64(1);
        State = (StoreStage)row.Int64(2);
    }

    public uint StoreId { get; }

    /// <summary>Gets the number of the last opening.</summary>
    public uint StoredEpoch { get; private set; }

    /// <summary>Gets where the store stands in its life, as the file says.</summary>
    public StoreStage State { get; private set; }

    /// <summary>Gets the statement that gives a new store its row.</summary>
    public static string Create(uint storeId) => string.Create(
        CultureInfo.InvariantCulture,
        $"INSERT INTO meta VALUES (1, {storeId}, 0, {(int)StoreStage.Stopped}, {Checksum.OfRow(storeId, 0, (int)StoreStage.Stopped, [])})");

    public void Write(StoreStage state, uint epoch)
    {
        State = state;
        StoredEpoch = epoch;
        _update.Bind(1, (long)state).Bind(2, epoch).Bind(3, Checksum.OfRow(StoreId, epoch, (long)state, [])).Run();
    }
}
