using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>One damage to a copy of a file, chosen by a seeded random.</summary>
internal sealed class Damage
{
    private const int PageSize = 4_096;

    // A third of the cases aims at where chance hits seldom, and where the damage can go farthest.
    private static readonly (DamageKind Kind, int Weight)[] _ofFile =
    [
        (DamageKind.Bit, 20), (DamageKind.BodyBit, 8), (DamageKind.PageHeaderBit, 20), (DamageKind.FileHeaderBit, 4), (DamageKind.Bytes, 8),
        (DamageKind.ZeroedPage, 12), (DamageKind.NoisePage, 6), (DamageKind.MisplacedPage, 8), (DamageKind.TruncatedFile, 8),
        (DamageKind.EmptyFile, 1), (DamageKind.ForeignFile, 1),
    ];

    private static readonly (DamageKind Kind, int Weight)[] _ofLog =
    [
        (DamageKind.LogBit, 20), (DamageKind.LogBytes, 10), (DamageKind.ZeroedLog, 8), (DamageKind.TruncatedLog, 16), (DamageKind.MissingLog, 2),
        (DamageKind.MissingFile, 1), (DamageKind.NoiseIndex, 3),
    ];

    private static readonly byte[][] _foreign =
    [
        Encoding.ASCII.GetBytes("PK\u0003\u0004 this is somebody's archive, and not a store"),
        [.. "SQLite format 3\0"u8, .. new byte[4_080]],
        [.. Enumerable.Repeat((byte)'x', 100_000)],
        [0],
    ];

    private readonly Random _random;

    /// <summary>Makes the damage.</summary>
    /// <param name="template">The whole file.</param>
    /// <param name="random">Chooses.</param>
    public Damage(TemplateFile template, Random random)
    {
        _random = random;
        File = [.. template.File];
        Log = template.Log is null ? null : [.. template.Log];
        Kind = Choose(template.Log is not null && random.Next(3) > 0 ? _ofLog : _ofFile);
        Description = $"{Kind}: {Apply()}";
    }

    public DamageKind Kind { get; }

    /// <summary>Gets what was done, with its place.</summary>
    public string Description { get; }

    /// <summary>Gets the damaged file; <see langword="null"/> for none.</summary>
    public byte[]? File { get; private set; }

    /// <summary>Gets the damaged log; <see langword="null"/> for none.</summary>
    public byte[]? Log { get; private set; }

    /// <summary>Gets the log's index, where there is one.</summary>
    public byte[]? Index { get; private set; }

    /// <summary>Gets a value indicating whether it cannot be told from what a power cut may do: the newest commits are gone, whole ones.</summary>
    public bool IsLikeAPowerCut => Kind is >= DamageKind.LogBit and <= DamageKind.TruncatedLog;

    private DamageKind Choose((DamageKind Kind, int Weight)[] kinds)
    {
        int at = _random.Next(kinds.Sum(kind => kind.Weight));
        return kinds.First(kind => (at -= kind.Weight) < 0).Kind;
    }

    private string Apply()
    {
        switch (Kind)
        {
            case DamageKind.Bit:
                return Flip(File!, _random.Next(File!.Length));
            case DamageKind.BodyBit:
                return Flip(File!, FindBody());
            case DamageKind.PageHeaderBit:
                // The first page begins with the header of the file.
                int page = _random.Next(File!.Length / PageSize);
                return Flip(File, (page * PageSize) + (page == 0 ? 100 : 0) + _random.Next(24));
            case DamageKind.FileHeaderBit:
                return Flip(File!, _random.Next(100));
            case DamageKind.Bytes:
                return Noise(File!, _random.Next(File!.Length), 1 + _random.Next(64));
            case DamageKind.ZeroedPage:
                return Zero(File!, _random.Next(File!.Length / PageSize) * PageSize, PageSize);
            case DamageKind.NoisePage:
                return Noise(File!, _random.Next(File!.Length / PageSize) * PageSize, PageSize);
            case DamageKind.MisplacedPage:
                return Misplace();
            case DamageKind.TruncatedFile:
                File = File![..Cut(File!.Length)];
                return Invariant($"to {File.Length} bytes");
            case DamageKind.EmptyFile:
                File = [];
                return "";
            case DamageKind.ForeignFile:
                File = [.. _foreign[_random.Next(_foreign.Length)]];
                return Invariant($"{File.Length} bytes");
            case DamageKind.MissingFile:
                File = null;
                return "";
            default:
                return ApplyToLog();
        }
    }

    private string ApplyToLog()
    {
        switch (Kind)
        {
            case DamageKind.LogBit:
                return Flip(Log!, _random.Next(Log!.Length));
            case DamageKind.LogBytes:
                return Noise(Log!, _random.Next(Log!.Length), 1 + _random.Next(64));
            case DamageKind.ZeroedLog:
                int from = _random.Next(Log!.Length);
                return Zero(Log!, from, _random.Next(2) == 0 ? Log!.Length - from : _random.Next(3 * PageSize));
            case DamageKind.TruncatedLog:
                Log = Log![..Cut(Log!.Length)];
                return Invariant($"to {Log.Length} bytes");
            case DamageKind.MissingLog:
                Log = null;
                return "";
            default:
                Index = new byte[32_768];
                _random.NextBytes(Index);
                return "";
        }
    }

    // At a page's border, or anywhere.
    private int Cut(int length) => _random.Next(2) == 0 ? 1 + _random.Next(length - 1) : Math.Max(1, _random.Next(length / PageSize)) * PageSize;

    private int FindBody()
    {
        // Bodies are the only long stretches of lower-case letters and digits.
        for (int tries = 0; ; tries++)
        {
            int at = _random.Next(File!.Length - 40);
            if (tries > 100_000 || File.AsSpan(at, 40).IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789"u8) < 0)
            {
                return at + 20;
            }
        }
    }

    private string Misplace()
    {
        int pages = File!.Length / PageSize;
        int from = _random.Next(pages);
        int to = _random.Next(1, pages);
        File.AsSpan(from * PageSize, PageSize).CopyTo(File.AsSpan(to * PageSize));
        return Invariant($"page {from + 1} over page {to + 1}");
    }

    private string Flip(byte[] bytes, int at)
    {
        int bit = _random.Next(8);
        bytes[at] ^= (byte)(1 << bit);
        return Invariant($"bit {bit} of byte {at}, page {(at / PageSize) + 1}");
    }

    private string Noise(byte[] bytes, int at, int count)
    {
        Span<byte> target = bytes.AsSpan(at, Math.Min(count, bytes.Length - at));
        _random.NextBytes(target);
        return Invariant($"{target.Length} bytes from byte {at}, page {(at / PageSize) + 1}");
    }

    private static string Zero(byte[] bytes, int at, int count)
    {
        Span<byte> target = bytes.AsSpan(at, Math.Min(count, bytes.Length - at));
        target.Clear();
        return Invariant($"{target.Length} bytes from byte {at}, page {(at / PageSize) + 1}");
    }
}
