using Messaging.Sqlite.Log;
using Messaging.Storage;

namespace Messaging.Sqlite.Cursors;

/// <summary>The cursors of neighbouring subscriptions, which are written together as one row.</summary>
internal sealed class CursorShard
{
    private readonly Dictionary<(int Subscription, int Log), byte[]> _states = [];

    /// <summary>Gets or sets a value indicating whether the row must be written.</summary>
    public bool Dirty { get; set; }

    public bool IsEmpty => _states.Count == 0;

    public IEnumerable<StoreCursor> Cursors =>
        _states.Select(pair => new StoreCursor(pair.Key.Subscription, pair.Key.Log, pair.Value.ToArray()));

    /// <summary>Reads a row.</summary>
    /// <param name="id">The row's id, which the checksum includes.</param>
    /// <param name="blob">The row's bytes.</param>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public static CursorShard Decode(long id, ReadOnlySpan<byte> blob)
    {
        var shard = new CursorShard();
        ReadOnlySpan<byte> entries = Checksum.Open(blob, id);
        for (int position = 0; position < entries.Length;)
        {
            int subscription = Varint.ReadLength(entries, ref position, int.MaxValue);
            int log = Varint.ReadLength(entries, ref position, int.MaxValue);
            int length = Varint.ReadBlockLength(entries, ref position);
            shard.Set(subscription, log, entries.Slice(position, length));
            position += length;
        }

        return shard;
    }

    public void Set(int subscription, int log, ReadOnlySpan<byte> state)
    {
        if (!_states.TryGetValue((subscription, log), out byte[]? kept) || kept.Length != state.Length)
        {
            _states[(subscription, log)] = kept = new byte[state.Length];
        }

        state.CopyTo(kept);
        Dirty = true;
    }

    /// <summary>Drops the cursors of a subscription and those over a log.</summary>
    public void Remove(int id)
    {
        foreach ((int Subscription, int Log) key in _states.Keys)
        {
            if (key.Subscription == id || key.Log == id)
            {
                _states.Remove(key);
                Dirty = true;
            }
        }
    }

    /// <summary>Writes the row's bytes into the buffer, making it larger where needed, and returns their length.</summary>
    public int Encode(long id, ref byte[] buffer)
    {
        int most = Checksum.Length + _states.Sum(pair => (3 * Varint.MaxLength) + pair.Value.Length);
        if (buffer.Length < most)
        {
            buffer = new byte[Math.Max(most, 2 * buffer.Length)];
        }

        int position = Checksum.Length;
        foreach (((int subscription, int log), byte[] state) in _states)
        {
            position = Varint.Write(buffer, position, (ulong)subscription);
            position = Varint.Write(buffer, position, (ulong)log);
            position = Varint.Write(buffer, position, (ulong)state.Length);
            state.CopyTo(buffer, position);
            position += state.Length;
        }

        Checksum.Seal(buffer.AsSpan(0, position), id);
        return position;
    }
}
