using System.Globalization;

namespace Messaging.Testing.Faults.Judging;

/// <summary>What a fault does where it strikes.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Time">How long, or how far; the most, where chance decides.</param>
/// <param name="IsStored">Whether what fails was done all the same.</param>
/// <param name="IsDrawn">Whether chance decides how long, how far and whether it is stored.</param>
internal readonly record struct FaultEffect(FaultKind Kind, TimeSpan Time = default, bool IsStored = false, bool IsDrawn = false)
{
    public FaultEffect Draw(Random random) => !IsDrawn
        ? this
        : new FaultEffect(
            Kind,
            Kind == FaultKind.JumpClock ? Time * ((2 * random.NextDouble()) - 1) : Time * (1 - random.NextDouble()),
            random.Next(2) == 0);

    public override string ToString() => Kind switch
    {
        FaultKind.Fail => "fails",
        FaultKind.FailUnknown => $"fails with unknown outcome, {(IsDrawn ? "stored or not" : IsStored ? "stored" : "not stored")}",
        FaultKind.Delay => $"takes {Length} longer",
        FaultKind.Duplicate => "is done twice",
        FaultKind.Tear => "is torn",
        FaultKind.Crash => "the broker crashes",
        FaultKind.LoseLease => "loses its lease",
        FaultKind.SlowConsumer => $"takes its consumer {Length} longer",
        _ => $"the wall clock is set by {Length}",
    };

    private string Length => (IsDrawn ? "up to " : "") + Time.ToString("c", CultureInfo.InvariantCulture);
}
