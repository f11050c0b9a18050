namespace Messaging.Sqlite.Log;

/// <summary>A log's runs in the open segment, oldest first. The first one is live.</summary>
internal sealed class OpenRuns
{
    private OpenRun[] _runs = [];
    private int _start;

    public int Count { get; private set; }

    /// <summary>Gets or sets a value indicating whether the open segment knows the log.</summary>
    public bool IsListed { get; set; }

    public ref OpenRun this[int index] => ref _runs[(_start + index) & (_runs.Length - 1)];

    public void Enqueue(in OpenRun run)
    {
        if (Count == _runs.Length)
        {
            Grow();
        }

        Count++;
        this[Count - 1] = run;
    }

    public void Dequeue()
    {
        this[0] = default;
        _start = (_start + 1) & (_runs.Length - 1);
        Count--;
    }

    public void Clear()
    {
        Array.Clear(_runs);
        _start = 0;
        Count = 0;
    }

    /// <summary>Counts the live records, and what they take.</summary>
    public (long Records, long Bytes) CountLive()
    {
        long records = 0;
        long bytes = 0;
        for (int i = 0; i < Count; i++)
        {
            records += this[i].Live;
            bytes += this[i].LiveBytes;
        }

        return (records, bytes);
    }

    /// <summary>Gets the place of the first run that ends at or after a sequence number.</summary>
    public int IndexOf(long sequence)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = this[middle].Last < sequence ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Grow()
    {
        var runs = new OpenRun[Math.Max(4, 2 * _runs.Length)];
        for (int i = 0; i < Count; i++)
        {
            runs[i] = this[i];
        }

        _runs = runs;
        _start = 0;
    }
}
