using Messaging.Records;

namespace Messaging.Logs;

/// <summary>Records side by side in a log's tail, under a number that changes before they do when the chunk is used again.</summary>
internal sealed class TailChunk
{
    public const int Bits = 8;
    public const int Size = 1 << Bits;
    public const long None = -1;

    private long _number = None;

    public long Number
    {
        get => Volatile.Read(ref _number);
        set => Volatile.Write(ref _number, value);
    }

    public Record[] Records { get; } = new Record[Size];
}
