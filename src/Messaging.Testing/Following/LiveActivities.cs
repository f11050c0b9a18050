namespace Messaging.Testing.Following;

/// <summary>The user code that one opened broker has called, or that the test has started for it, until the broker crashes.</summary>
internal sealed class LiveActivities(WorkCount count)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<Activity> _activities = [];
    private bool _ended;

    /// <summary>Gets what user code deals with at this moment: the deliveries for which it could run or blocks its thread.</summary>
    public List<ActivityState> Busy
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _activities.SelectMany(activity => (IEnumerable<ActivityState>)[activity.State, .. (activity as FollowedCode)?.Flows ?? []])
                        .Where(state => state.IsRunnable || state.IsBlocking),
                ];
            }
        }
    }

    /// <summary>Gets a value indicating whether code that the test has started holds deliveries.</summary>
    public bool HasInHand
    {
        get
        {
            lock (_gate)
            {
                return _activities.Any(static activity => activity is FollowedCode { HasInHand: true });
            }
        }
    }

    /// <summary>Starts a handler's call, or a loop's way with a delivery.</summary>
    public Activity Start() => Start(new DeliveryActivity(count));

    /// <summary>Starts code under test that has loops of its own.</summary>
    public FollowedCode StartCode() => Start(new FollowedCode(count));

    /// <summary>Ends an activity that has nothing more to do.</summary>
    public void Forget(Activity activity)
    {
        activity.End();
        lock (_gate)
        {
            _activities.Remove(activity);
        }
    }

    /// <summary>Counts no user code any more: that of a dead process does not run, whatever it waits for.</summary>
    public void End()
    {
        Activity[] left;
        lock (_gate)
        {
            _ended = true;
            left = [.. _activities];
            _activities.Clear();
        }

        foreach (Activity activity in left)
        {
            activity.Abandon();
        }
    }

    private T Start<T>(T activity)
        where T : Activity
    {
        bool ended;
        lock (_gate)
        {
            ended = _ended;
            if (!ended)
            {
                _activities.Add(activity);
            }
        }

        if (ended)
        {
            activity.Abandon();
        }

        return activity;
    }
}
