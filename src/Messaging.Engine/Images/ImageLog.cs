using System.Runtime.InteropServices;
using Messaging.Storage;

namespace Messaging.Images;

/// <summary>A log's records in order. Those that are trimmed have no payload any more, and leave the list when they are half of it.</summary>
internal sealed class ImageLog
{
    private readonly List<(long Sequence, byte[]? Payload)> _records = [];
    private int _trimmed;

    // All before it are trimmed.
    private int _start;

    public ImageLog()
    {
    }

    public ImageLog(ImageLog other)
    {
        _records = [.. other._records];
        (_trimmed, _start) = (other._trimmed, other._start);
    }

    public long Last => _trimmed < _records.Count ? _records[^1].Sequence : 0;

    // Of some of the newest ones, since opening must cost the same whatever there is.
    public long MeanBytes => (long)Math.Ceiling(
        _records.Skip(_records.Count - 64).Where(record => record.Payload is not null).Average(record => (double?)record.Payload!.Length) ?? 0);

    public void Add(long sequence, byte[] payload) => _records.Add((sequence, payload));

    public void Read(StoreRange range, List<StoreRecord> output)
    {
        long bytes = 0;
        int records = 0;
        for (int i = IndexOf(range.First); i < _records.Count && records < range.MaxRecords && (records == 0 || bytes < range.MaxBytes); i++)
        {
            if (_records[i].Payload is { } payload)
            {
                output.Add(new StoreRecord(_records[i].Sequence, payload));
                records++;
                bytes += payload.Length;
            }
        }
    }

    public void Trim(long first, long below)
    {
        foreach (ref (long Sequence, byte[]? Payload) record in CollectionsMarshal.AsSpan(_records)[IndexOf(first)..IndexOf(below)])
        {
            _trimmed += record.Payload is null ? 0 : 1;
            record.Payload = null;
        }

        while (_start < _records.Count && _records[_start].Payload is null)
        {
            _start++;
        }

        if (_trimmed > _records.Count / 2)
        {
            _records.RemoveAll(static record => record.Payload is null);
            _trimmed = 0;
            _start = 0;
        }
    }

    // The place of the first record at or after a sequence number.
    private int IndexOf(long sequence)
    {
        int low = _start;
        int high = _records.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _records[middle].Sequence < sequence ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
