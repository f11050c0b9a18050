namespace Messaging.PerfTests.Reporting;

/// <summary>What a result is held against.</summary>
/// <param name="Value">The value; <see langword="null"/> if there is none yet.</param>
/// <param name="Gated">Whether <c>--check</c> looks at it.</param>
internal sealed record Target(double? Value, bool Gated)
{
    public static Target None { get; } = new(null, Gated: false);

    /// <summary>A promise: a result far from it fails a checked run.</summary>
    public static Target Promise(double value) => new(value, Gated: true);

    /// <summary>A direction: shown beside the result, never checked.</summary>
    public static Target Direction(double value) => new(value, Gated: false);
}
