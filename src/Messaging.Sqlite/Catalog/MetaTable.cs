using System.Globalization;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Log;

namespace Messaging.Sqlite.Catalog;

/// <summary>The one row about the store itself.</summary>
internal sealed class MetaTable
{
    /// <summary>The page that holds the row; a new store's first table has it.</summary>
    public const uint Page = 2;

    private readonly Statement _update;
    private readonly Statement _state;

    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public MetaTable(Database database)
    {
        _update = database.Prepare("UPDATE meta SET state = ?1, epoch = ?2, checksum = ?3");
        _state = database.Prepare("SELECT state FROM meta");
        using var row = new Statement(database.Handle, "SELECT store_id, epoch, state, checksum FROM meta");
        if (!row.Step() || row.Int64(3) != Checksum.OfRow(row.Int64(0), row.Int64(1), row.Int64(2), []))
        {
            throw new InvalidDataException("The row about the store itself is damaged.");
        }

        StoreId = (uint)row.Int64(0);
        StoredEpoch = (uint)row.Int64(1);
        State = (StoreStage)row.Int64(2) is StoreStage.OpenMarked ? StoreStage.Open : (StoreStage)row.Int64(2);
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

    /// <summary>Changes the page of an open store, in the caller's transaction, which marks that in the write-ahead log.</summary>
    /// <remarks>The stage is read first: a rollback may have taken the last mark back, and an equal row would not be written.</remarks>
    public void Mark()
    {
        StoreStage stored = _state.Step() ? (StoreStage)_state.Int64(0) : StoreStage.Closed;
        _state.Reset();
        if (stored is StoreStage.Open or StoreStage.OpenMarked)
        {
            Update(stored == StoreStage.Open ? StoreStage.OpenMarked : StoreStage.Open);
        }
    }

    public void Write(StoreStage state, uint epoch)
    {
        State = state;
        StoredEpoch = epoch;
        Update(state);
    }

    private void Update(StoreStage stored) =>
        _update.Bind(1, (long)stored).Bind(2, StoredEpoch).Bind(3, Checksum.OfRow(StoreId, StoredEpoch, (long)stored, [])).Run();
}
