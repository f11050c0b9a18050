using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Catalog;

/// <summary>The one row about the store itself.</summary>
internal sealed class MetaTable
{
    private readonly Statement _setClean;

    public MetaTable(Database database)
    {
        StoreId = (uint)database.Scalar("SELECT store_id FROM meta");
        Epoch = (uint)database.Scalar("SELECT epoch FROM meta") + 1;
        ClosedCleanly = database.Scalar("SELECT clean FROM meta") != 0;
        _setClean = database.Prepare("UPDATE meta SET clean = ?1, epoch = ?2");
    }

    public uint StoreId { get; }

    /// <summary>Gets the number of this opening.</summary>
    public uint Epoch { get; }

    /// <summary>Gets a value indicating whether the opening before this one ended in order.</summary>
    public bool ClosedCleanly { get; }

    public void Write(bool clean) => _setClean.Bind(1, clean ? 1 : 0).Bind(2, Epoch).Run();
}
