namespace Messaging.Testing.Following;

/// <summary>Code under test that a test has started, with loops of its own.</summary>
/// <remarks>
/// Until its task ends, it runs while no part of it waits for virtual time or the broker. Beside that, each of its loops counts while it holds deliveries
/// that are not settled (<see cref="FollowedFlow"/>), so that several loops can be started at once. Whatever of it executes on the thread pool counts in
/// any case (<see cref="FollowedThreads"/>), as does the time between the end of a wait and what follows it. So do loops that a host leaves behind.
/// </remarks>
internal sealed class FollowedCode(WorkCount count) : Activity(count, new Lock())
{
    // Guarded by the gate.
    private readonly List<FollowedFlow> _holding = [];
    private readonly HashSet<FollowedFlow> _waiting = [];
    private long _last;
    private int _flowWaits;

    public override FollowedCode? Code => this;

    /// <summary>Gets a value indicating whether its task has ended, and only loops that it left behind can run.</summary>
    public bool HasEnded => !Begun;

    protected override bool RunsLocked => Begun && Waits + _flowWaits == 0;

    /// <summary>Gets a value indicating whether a loop holds deliveries.</summary>
    public bool HasInHand
    {
        get
        {
            lock (Gate)
            {
                return _holding.Count > 0;
            }
        }
    }

    /// <summary>Gets what the loops that hold deliveries are at.</summary>
    public IReadOnlyList<ActivityState> Flows
    {
        get
        {
            lock (Gate)
            {
                return [.. _holding.Select(static flow => flow.State with { IsLeftBehind = true })];
            }
        }
    }

    /// <summary>Gets the flow of the caller, which is about to receive or to wait. If it has none yet, one begins in its context.</summary>
    /// <returns>The flow; <see langword="null"/> if the caller is not in code that is followed.</returns>
    public static FollowedFlow? Enter()
    {
        if (Current is FollowedCode code)
        {
            Current = new FollowedFlow(code, code.Count, code.Gate);
        }

        return Current as FollowedFlow;
    }

    /// <summary>Runs what a wait has ended on the thread pool. It counts until that suspends itself or ends.</summary>
    public void Resume(Action resumed) => Resume(Count, resumed);

    /// <summary>Runs what a wait has ended on the thread pool. It counts until that suspends itself or ends.</summary>
    public static void Resume(WorkCount count, Action resumed)
    {
        count.Begin();
        ThreadPool.UnsafeQueueUserWorkItem(
            static piece =>
            {
                try
                {
                    piece.resumed();
                }
                finally
                {
                    piece.count.End();
                }
            },
            (count, resumed),
            preferLocal: false);
    }

    public void ChangeFlowWaitsLocked(FollowedFlow flow, int by, bool waits)
    {
        _flowWaits += by;
        if (!waits)
        {
            _waiting.Remove(flow);
        }
        else if (flow.BegunAtLocked > 0)
        {
            _waiting.Add(flow);
        }

        NoteChangeLocked();
    }

    /// <summary>Starts a flow for a loop that is known to be one.</summary>
    public FollowedFlow NewFlow()
    {
        var flow = new FollowedFlow(this, Count, Gate);
        flow.Receive();
        return flow;
    }

    /// <summary>Gets the next number for what begins, from 1.</summary>
    public long NextLocked() => ++_last;

    /// <summary>Gets a value indicating whether a flow waits that receives nothing, and began after a number.</summary>
    public bool HasWaitLocked(FollowedFlow but, long after)
    {
        foreach (FollowedFlow flow in _waiting)
        {
            if (flow != but && flow.BegunAtLocked > after)
            {
                return true;
            }
        }

        return false;
    }

    public void HoldLocked(FollowedFlow flow, bool holds)
    {
        if (holds)
        {
            _holding.Add(flow);
        }
        else
        {
            _holding.Remove(flow);
        }
    }

    // The flows first: at no moment is there nothing that counts, if one of them runs.
    protected override void NoteChangeLocked()
    {
        foreach (FollowedFlow flow in _holding)
        {
            flow.RecountLocked();
        }

        RecountLocked();
    }
}
