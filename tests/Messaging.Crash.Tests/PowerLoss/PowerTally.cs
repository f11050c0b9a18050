
namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The sums over many states; from any thread.</summary>
internal sealed class PowerTally
{
    private readonly Lock _gate = new();

    public int States { get; private set; }

    /// <summary>Gets in how many states there was something that no sync had brought to the disk.</summary>
    public int Unsynced { get; private set; }

    /// <summary>Gets how many sends and acks were confirmed before the cuts, a trace's again in each of its states.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Gets the messages that were confirmed and are gone.</summary>
    public long Lost { get; private set; }

    /// <summary>Gets the states in which messages that were confirmed are gone.</summary>
    public int LossyStates { get; private set; }

    /// <summary>Gets the states whose file is damaged.</summary>
    public int Corrupt { get; private set; }

    /// <summary>Gets the states whose opening noted that commits are lost, or other damage.</summary>
    public int Noted { get; private set; }

    /// <summary>Gets what contradicts that which the durability promises.</summary>
    public int Contradictions { get; private set; }

    public void Add(PowerOutcome outcome)
    {
        lock (_gate)
        {
            States++;
            Unsynced += outcome.Unsynced > 0 ? 1 : 0;
            Acknowledged += outcome.Acknowledged;
            Lost += outcome.Lost;
            LossyStates += outcome.Lost > 0 ? 1 : 0;
            Corrupt += outcome.Damage is null ? 0 : 1;
            Noted += outcome.Noted.Count > 0 ? 1 : 0;
            Contradictions += outcome.Violations.Count;
        }
    }

    public override string ToString() =>
        $"{States} states, {Unsynced} with something unsynced, {Acknowledged} acknowledged before their cuts, {Lost} lost in {LossyStates}, {Corrupt} corrupt, {Noted} with damage noted, {Contradictions} contradictions";
}
