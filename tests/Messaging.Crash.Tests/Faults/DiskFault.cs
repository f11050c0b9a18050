using System.Globalization;

namespace Messaging.Crash.Tests.Faults;

/// <summary>A way in which a disk fails, at any of its operations.</summary>
/// <param name="Kinds">The operations.</param>
/// <param name="Error">The error number.</param>
/// <param name="IsSticky">Whether it goes on failing.</param>
/// <param name="IsShort">Whether the first write stores its half.</param>
internal readonly record struct DiskFault(string Kinds, int Error, bool IsSticky, bool IsShort)
{
    private const int InputOutput = 5;
    private const int NoSpace = 28;

    /// <summary>Gets the ways of a full disk.</summary>
    public static IReadOnlyList<DiskFault> Full { get; } =
    [
        new("Write,Truncate", NoSpace, IsSticky: true, IsShort: false),
        new("Write,Truncate", NoSpace, IsSticky: false, IsShort: false),
        new("Write,Truncate", NoSpace, IsSticky: true, IsShort: true),
    ];

    /// <summary>Gets the ways of a broken disk.</summary>
    public static IReadOnlyList<DiskFault> Broken { get; } =
    [
        .. from kinds in (string[])["Write", "Sync", "Read", "Open", "Truncate", "Rename", "Unlink"]
           from sticky in (bool[])[false, true]
           select new DiskFault(kinds, InputOutput, sticky, IsShort: false),
        new("Write", InputOutput, IsSticky: false, IsShort: true),
        new("Write", InputOutput, IsSticky: true, IsShort: true),
    ];

    /// <summary>Gets the line that orders it at the n-th operation.</summary>
    public string At(int nth) => string.Create(
        CultureInfo.InvariantCulture, $"{Kinds} {Error} {(IsSticky ? "sticky" : "once")} {(IsShort ? "short" : "whole")} {nth}");
}
