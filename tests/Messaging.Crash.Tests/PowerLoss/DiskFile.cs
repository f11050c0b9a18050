namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>A file on the disk: what was synced, and what was done to it since.</summary>
internal sealed class DiskFile
{
    private readonly List<DiskWrite> _unsynced = [];
    private readonly Contents _synced = new();

    /// <summary>Gets what no sync has brought to the disk yet.</summary>
    public IReadOnlyList<DiskWrite> Unsynced => _unsynced;

    public void Add(DiskWrite write) => _unsynced.Add(write);

    /// <summary>Brings to the disk what was done before a place in the trace.</summary>
    public void Sync(int before)
    {
        int count = 0;
        while (count < _unsynced.Count && _unsynced[count].At < before)
        {
            Apply(_unsynced[count++], _synced);
        }

        _unsynced.RemoveRange(0, count);
    }

    /// <summary>Gets what is there after a power cut.</summary>
    public byte[] After(PowerCut cut)
    {
        var left = new Contents(_synced);
        foreach (DiskWrite write in _unsynced)
        {
            cut.Write(write, left);
        }

        return left.ToArray();
    }

    private static void Apply(in DiskWrite write, Contents contents)
    {
        if (write.IsSize)
        {
            contents.Resize(write.Offset);
        }
        else
        {
            contents.Write(write.Offset, write.Data.Span);
        }
    }
}
