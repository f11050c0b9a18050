using System.Diagnostics.CodeAnalysis;

namespace Messaging.Logging;

/// <summary>The entries that wait, up to a number; those that find no room are counted, and one entry stands for them.</summary>
/// <remarks>It has no lock; the queue that owns it has.</remarks>
internal sealed class EntryBuffer(int capacity)
{
    private readonly Queue<LogEntry> _waiting = new();
    private long _dropped;

    /// <summary>Gets a value indicating whether there is nothing to write.</summary>
    public bool IsEmpty => _waiting.Count == 0 && _dropped == 0;

    /// <summary>Makes room for an entry, or counts it as dropped.</summary>
    public bool TryReserve()
    {
        if (_waiting.Count >= capacity)
        {
            _dropped++;
            return false;
        }

        AddDropped();
        return true;
    }

    /// <summary>Adds an entry for which there is room.</summary>
    public void Add(LogEntry entry) => _waiting.Enqueue(entry);

    public bool TryTake([NotNullWhen(true)] out LogEntry? entry)
    {
        if (_waiting.Count == 0)
        {
            AddDropped();
        }

        return _waiting.TryDequeue(out entry);
    }

    public void Clear()
    {
        _waiting.Clear();
        _dropped = 0;
    }

    /// <summary>Puts in the place of the entries that were dropped how many they were.</summary>
    private void AddDropped()
    {
        if (_dropped > 0)
        {
            _waiting.Enqueue(new DroppedEntry(_dropped));
            _dropped = 0;
        }
    }
}
