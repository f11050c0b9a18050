using Messaging.Storage;
using Messaging.Testing.Checkers;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>What became of one state.</summary>
/// <param name="Cut">The power cut.</param>
/// <param name="Unsynced">How many writes and changes of names no sync had brought to the disk.</param>
/// <param name="Acknowledged">The sends and acks that were confirmed before it.</param>
/// <param name="Lost">The messages that were confirmed, and are gone.</param>
/// <param name="Damage">What is wrong with the file; <see langword="null"/> for nothing.</param>
/// <param name="Noted">What the opening noted as lost or damaged, although it went on.</param>
/// <param name="Violations">What contradicts that which the durability promises.</param>
internal sealed record PowerOutcome(
    PowerCut Cut, int Unsynced, int Acknowledged, int Lost, string? Damage, IReadOnlyList<StoreDamage> Noted, IReadOnlyList<Violation> Violations)
{
    public bool IsGood => Damage is null && Violations.Count == 0;

    public override string ToString() =>
        $"state {Cut.State} ({Cut.Survival} of {Unsynced} unsynced, cut before record {Cut.At}): {Damage ?? string.Join(Environment.NewLine, Violations.Take(5))}";
}
