namespace Messaging.Bounds;

/// <summary>One of the gates that a send has to pass.</summary>
/// <param name="Gate">The gate.</param>
/// <param name="Amount">How much room the send needs there.</param>
/// <param name="Of">The backlog whose gate it is; <see langword="null"/> for the destination's own.</param>
internal readonly record struct GateStep(Gate Gate, long Amount, Backlog? Of)
{
    /// <summary>Lists the gates of a destination: its own, and those of the backlogs that hold senders up.</summary>
    /// <param name="own">The destination's gate.</param>
    /// <param name="backlogs">The backlogs of its readers.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="bytes">Their size together.</param>
    public static GateStep[] AllOf(Gate own, Backlog[] backlogs, int count, long bytes)
    {
        var steps = new List<GateStep>(1 + (2 * backlogs.Length)) { new(own, count, null) };
        foreach (Backlog backlog in backlogs)
        {
            if (backlog.Asks)
            {
                steps.Add(new GateStep(backlog.Messages, count, backlog));
                steps.Add(new GateStep(backlog.Bytes, bytes, backlog));
            }
        }

        return [.. steps];
    }

    /// <summary>Enters everywhere or nowhere.</summary>
    /// <param name="steps">The gates.</param>
    /// <param name="held">The one that was entered already, after waiting there.</param>
    /// <param name="full">The first one that has no room.</param>
    public static bool TryEnterAll(GateStep[] steps, GateStep held, out GateStep full)
    {
        int passed = 0;
        while (passed < steps.Length && (steps[passed].Gate == held.Gate || steps[passed].Gate.TryEnter(steps[passed].Amount)))
        {
            passed++;
        }

        full = passed < steps.Length ? steps[passed] : default;
        bool all = passed == steps.Length;
        for (int i = 0; i < passed && !all; i++)
        {
            if (steps[i].Gate != held.Gate)
            {
                steps[i].Gate.Leave(steps[i].Amount);
            }
        }

        if (held.Gate is not null && (!all || !steps.Any(step => step.Gate == held.Gate)))
        {
            // Or its subscription has gone meanwhile.
            held.Gate.Leave(held.Amount);
        }

        return all;
    }
}
