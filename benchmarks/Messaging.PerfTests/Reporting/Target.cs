namespace Messaging.PerfTests.Reporting;

/// <summary>What a result is held against.</summary>
/// <param name="Value">The value; <see langword="null"/> if there is none yet.</param>
/// <param name="Gated">Whether <c>--check</c> looks at it.</param>
internal sealed record Target(double? Value, bool Gated)
{
    // Machines that are shared move by tens of percents from run to run. Half of the target tells a real loss from that.
    private const double NoisyGuard = 2;

    /// <summary>Gets the factor by which a checked result may miss.</summary>
    public double Guard { get; private init; } = NoisyGuard;

    /// <summary>Gets a value indicating whether a busy machine changes the result.</summary>
    public bool IsOfSpeed => Guard > 1;

    public static Target None { get; } = new(null, Gated: false);

    /// <summary>A promise: a result far from it fails a checked run.</summary>
    public static Target Promise(double value) => new(value, Gated: true);

    /// <summary>A bound on what does not depend on the machine's speed: a checked run fails as soon as it is crossed.</summary>
    public static Target Bound(double value) => new(value, Gated: true) { Guard = 1 };

    /// <summary>A direction: shown beside the result, never checked.</summary>
    public static Target Direction(double value) => new(value, Gated: false);
}
