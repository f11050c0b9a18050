using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

/// <summary>The cursors of neighbouring subscriptions, which are written together as one row.</summary>
/// <remarks>The row's bytes are kept. A state of the same length, which is what nearly all have, is replaced where it lies.</remarks>
internal sealed class CursorShard
{
    private readonly Dictionary<(int Subscription, int Log), Entry> _entries = [];
    private byte[] _row = new byte[1_024];
    private int _length;
    private bool _isLaid;

    /// <summary>Gets or sets a value indicating whether the row must be written.</summary>
    public bool Dirty { get; set; }

    public bool IsEmpty => _entries.Count == 0;

    public IEnumerable<StoreCursor> Cursors =>
        _entries.Select(pair => new StoreCursor(pair.Key.Subscription, pair.Key.Log, pair.Value.State.ToArray()));

    /// <summary>Reads a row.</summary>
    /// <param name="id">The row's id, which the checksum includes.</param>
    /// <param name="blob">The row's bytes.</param>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public static CursorShard Decode(long id, ReadOnlySpan<byte> blob)
    {
        var shard = new CursorShard();
        ReadOnlySpan<byte> entries = Checksum.Open(blob, SeedOf(id));
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
        Dirty = true;
        if (!_entries.TryGetValue((subscription, log), out Entry? entry))
        {
            _entries.Add((subscription, log), entry = new Entry());
            _isLaid = false;
        }

        if (entry.State.Length != state.Length)
        {
            entry.State = new byte[state.Length];
            _isLaid = false;
        }

        state.CopyTo(entry.State);
        if (_isLaid)
        {
            state.CopyTo(_row.AsSpan(entry.Position));
        }
    }

    /// <summary>Drops the cursors of a subscription and those over a log.</summary>
    public void Remove(int id)
    {
        foreach ((int Subscription, int Log) key in _entries.Keys)
        {
            if (key.Subscription == id || key.Log == id)
            {
                _entries.Remove(key);
                _isLaid = false;
                Dirty = true;
            }
        }
    }

    /// <summary>Returns the row's bytes, good until the next change.</summary>
    public ReadOnlySpan<byte> Encode(long id)
    {
        if (!_isLaid)
        {
            Lay();
        }

        Span<byte> row = _row.AsSpan(0, _length);
        Checksum.Seal(row, SeedOf(id));
        return row;
    }

    // A batch's directory lies in the same column and has the batch's id in its checksum: a misplaced page must not pass for this one.
    private static long SeedOf(long id) => ~id;

    private void Lay()
    {
        int most = Checksum.Length + _entries.Values.Sum(entry => (3 * Varint.MaxLength) + entry.State.Length);
        if (_row.Length < most)
        {
            _row = new byte[Math.Max(most, 2 * _row.Length)];
        }

        int position = Checksum.Length;
        foreach (((int subscription, int log), Entry entry) in _entries)
        {
            position = Varint.Write(_row, position, (ulong)subscription);
            position = Varint.Write(_row, position, (ulong)log);
            position = Varint.Write(_row, position, (ulong)entry.State.Length);
            entry.Position = position;
            entry.State.CopyTo(_row, position);
            position += entry.State.Length;
        }

        _length = position;
        _isLaid = true;
    }

    private sealed class Entry
    {
        public byte[] State { get; set; } = [];

        /// <summary>Gets or sets where the state lies in the row, while the row is laid out.</summary>
        public int Position { get; set; }
    }
}
