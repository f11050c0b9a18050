using Messaging.Testing.Checkers;

namespace Messaging.Crash.Tests.Kills;

/// <summary>The sums over several kill loops; from any thread.</summary>
internal sealed class Tally
{
    private readonly Lock _gate = new();

    public int Kills { get; private set; }

    /// <summary>Gets the sends and acks that were confirmed.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Gets the messages that were confirmed and are gone.</summary>
    public int Lost { get; private set; }

    public int Violations { get; private set; }

    public void Add(KillLoop loop, IReadOnlyList<Violation> violations)
    {
        lock (_gate)
        {
            Kills += loop.Kills;
            Acknowledged += loop.SendsConfirmed + loop.AcksConfirmed;
            Lost += violations.Count(violation => violation.Invariant == new NoAcknowledgedLoss().Id);
            Violations += violations.Count;
        }
    }

    public override string ToString() => $"{Kills} kills, {Acknowledged} acknowledged, {Lost} lost, {Violations} contradictions";
}
