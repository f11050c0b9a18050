using System.Globalization;
using System.Security.Cryptography;
using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Tables;

/// <summary>The one row about the store itself.</summary>
internal sealed class MetaTable
{
    public const string Name = "meta";

    /// <summary>The page that holds the row: that of the first table of a new file.</summary>
    public const uint Page = 2;

    private readonly Statement _select;
    private readonly Statement _update;

    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public MetaTable(Database database)
    {
        _select = database.Prepare("SELECT store_id, epoch, state, checksum FROM meta");
        _update = database.Prepare("UPDATE meta SET state = ?1, epoch = ?2, checksum = ?3");
        MetaRow row = Read();
        StoreId = row.StoreId;
        StoredEpoch = row.Epoch;
        State = row.Stage;
    }

    public uint StoreId { get; }

    /// <summary>Gets the number of the last opening.</summary>
    public uint StoredEpoch { get; }

    /// <summary>Gets where the store stood in its life when this object was made.</summary>
    public StoreStage State { get; }

    /// <summary>Gets the statement that gives a new store its row.</summary>
    public static string Create(uint storeId)
    {
        var row = new MetaRow(storeId, 0, StoreStage.Stopped, NewNumber());
        return string.Create(CultureInfo.InvariantCulture, $"INSERT INTO meta VALUES (1, {storeId}, 0, {row.State}, {row.Checksum})");
    }

    /// <summary>Writes where the store stands, with the next number, in the caller's transaction.</summary>
    public void Write(StoreStage stage, uint epoch)
    {
        // The row is read each time: a rollback may have taken the last number back.
        MetaRow row = Read();
        Update(row with { Stage = stage, Epoch = epoch, Number = row.Number + 1 });
    }

    /// <summary>Gives the row the next number, in the caller's transaction.</summary>
    public void Renumber()
    {
        MetaRow row = Read();
        Update(row with { Number = row.Number + 1 });
    }

    /// <summary>Makes the row that of a closed copy, with other numbers from now on than those of what it was copied from.</summary>
    public void BecomeCopy() => Update(Read() with { Stage = StoreStage.Closed, Number = NewNumber() });

    // Of 52 bits, so that no two stores, nor a store and its copy, come to the same numbers.
    private static long NewNumber() => 1 + (BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & ((1L << 52) - 1));

    private MetaRow Read()
    {
        bool isWhole = _select.Step() & MetaRow.TryMake(_select.Int64(0), _select.Int64(1), _select.Int64(2), _select.Int64(3), out MetaRow row);
        _select.Reset();
        return isWhole ? row : throw new InvalidDataException("The row about the store itself is damaged.");
    }

    private void Update(MetaRow row) => _update.Bind(1, row.State).Bind(2, row.Epoch).Bind(3, row.Checksum).Run();
}
