using Messaging.Diagnostics;
using Messaging.Testing;
using Messaging.Testing.Faults;

namespace Messaging.Simulation.Tests;

/// <summary>Decides when what goes wrong in a simulation. A quarter of the time nothing does.</summary>
internal sealed class Disturbance
{
    private const int StepsOfALife = 3_000;
    private const int PassingsOfAPoint = 25;
    private const double PauseRate = 0.004;
    private const double JumpRate = 0.03;
    private const double UnseenJumpRate = 0.1;
    private const double LostLeaseRate = 0.05;
    private const double LateWakeRate = 0.3;

    private static readonly TimeSpan _phase = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _longestWake = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestJump = TimeSpan.FromDays(1);

    private readonly SimulationCase _case;
    private readonly VirtualTime _time;
    private readonly FaultPlan _plan;
    private readonly Random _ends;
    private readonly Random _pauses;
    private readonly Random _jumps;
    private readonly Random _leases;
    private readonly Random _wakes;
    private readonly SortedDictionary<SimulatedFaults, long> _struck = [];
    private readonly SortedSet<string> _points = [];
    private TimeSpan _jumped;
    private int _stepsLeft;
    private string? _point;
    private int _passingsLeft;

    public Disturbance(SimulationCase @case, VirtualTime time, FaultPlan plan)
    {
        _case = @case;
        _time = time;
        _plan = plan;
        // Each kind has chances of its own, so that leaving one out changes the others as little as can be.
        _ends = new Random(unchecked((@case.Seed * 31) + 1));
        _pauses = new Random(unchecked((@case.Seed * 31) + 2));
        _jumps = new Random(unchecked((@case.Seed * 31) + 3));
        _leases = new Random(unchecked((@case.Seed * 31) + 4));
        _wakes = new Random(unchecked((@case.Seed * 31) + 5));
        CutsPower = _ends.Next(2) == 0 && Has(SimulatedFaults.PowerCuts);
        plan.AddRandom(new FaultRates
        {
            Fail = Has(SimulatedFaults.Refusals) ? 0.02 : 0,
            FailUnknown = Has(SimulatedFaults.UnknownOutcomes) ? 0.003 : 0,
            Tear = Has(SimulatedFaults.UnknownOutcomes) ? 0.001 : 0,
            Delay = Has(SimulatedFaults.Delays) ? 0.1 : 0,
            MaxDelay = TimeSpan.FromMilliseconds(5),
            Duplicate = Has(SimulatedFaults.Repetitions) ? 0.01 : 0,
        });
        plan.Trace = what => Strike(
            what.Contains("longer", StringComparison.Ordinal) ? SimulatedFaults.Delays
            : what.Contains("twice", StringComparison.Ordinal) ? SimulatedFaults.Repetitions
            : what.Contains("unknown", StringComparison.Ordinal) || what.Contains("torn", StringComparison.Ordinal) ? SimulatedFaults.UnknownOutcomes
            : SimulatedFaults.Refusals);
    }

    /// <summary>Gets a value indicating whether a death of the process is a power cut: then all that is sent is synced.</summary>
    public bool CutsPower { get; }

    public IReadOnlyDictionary<SimulatedFaults, long> Struck => _struck;

    public IReadOnlyCollection<string> Points => _points;

    public TimeSpan Worked { get; private set; }

    public TimeSpan Calm { get; private set; }

    /// <summary>Gets or sets what is told when the wall clock is set.</summary>
    public Action<TimeSpan>? ClockSet { get; set; }

    public bool IsStopped { get; private set; }

    /// <summary>Gets after which time the broker is closed in this life; <see langword="null"/> for not at all.</summary>
    public TimeSpan? PlannedClosing { get; private set; }

    private bool IsCalm => IsStopped || Worked.Ticks / _phase.Ticks % 4 == 3;

    /// <summary>Ends all faults, and sets the wall clock right.</summary>
    public void Stop()
    {
        if (IsStopped)
        {
            return;
        }

        IsStopped = true;
        _plan.IsCalm = true;
        JumpTo(TimeSpan.Zero);
    }

    public void Strike(SimulatedFaults kind) => _struck[kind] = _struck.GetValueOrDefault(kind) + 1;

    /// <summary>Decides how the life that begins will end, if nothing ends it before.</summary>
    public void PlanEnd()
    {
        int kind = _ends.Next(5);
        int steps = _ends.Next(1, StepsOfALife);
        string point = CrashPoint.All[_ends.Next(CrashPoint.All.Count)];
        // Mostly few: some points are passed rarely.
        int passings = 1 + (int)(PassingsOfAPoint * Math.Pow(_ends.NextDouble(), 3));
        TimeSpan closing = TimeSpan.FromMilliseconds(_ends.Next(1, 200));
        _stepsLeft = kind is 0 or 1 && Has(SimulatedFaults.Crashes) ? steps : 0;
        _point = kind is 2 or 3 && Has(SimulatedFaults.CrashPoints) ? point : null;
        _passingsLeft = passings;
        PlannedClosing = kind == 4 && Has(SimulatedFaults.Closings) ? closing : null;
    }

    /// <summary>Counts a piece of work.</summary>
    /// <returns>Whether the process dies after it.</returns>
    public bool CountStep() => !IsCalm && _stepsLeft > 0 && --_stepsLeft == 0;

    /// <summary>Counts the passing of a named point.</summary>
    /// <returns>Whether the process dies there.</returns>
    public bool CountPoint(string name)
    {
        if (IsCalm || name != _point || --_passingsLeft > 0)
        {
            return false;
        }

        _point = null;
        _points.Add(name);
        return true;
    }

    /// <summary>Moves to the time of the next timer, or past it if the process stands still until then; sets the wall clock if that is to be.</summary>
    /// <returns>How many timers fire without rest in between.</returns>
    public int MoveTo(long due)
    {
        double pause = _pauses.NextDouble();
        var length = new TimeSpan(_pauses.NextInt64(_longestPause.Ticks));
        long now = _time.GetTimestamp();
        long target = Math.Max(now, due);
        Advance(new TimeSpan(target - now));
        if (!IsCalm && pause < PauseRate && Has(SimulatedFaults.Pauses))
        {
            Strike(SimulatedFaults.Pauses);
            target += length.Ticks;
        }

        _time.MoveTo(target);
        Jump(JumpRate);
        return 1 + (_pauses.Next(4) == 0 ? 2 : 0);
    }

    /// <summary>Sets the wall clock while no process runs, if that is to be.</summary>
    public void JumpUnseen() => Jump(UnseenJumpRate);

    public bool DrawLostLease() => _leases.NextDouble() < LostLeaseRate && !IsCalm && Has(SimulatedFaults.LostLeases);

    /// <summary>Decides how long a consumer that is woken takes until it goes on.</summary>
    public TimeSpan DrawWake()
    {
        bool isLate = _wakes.NextDouble() < LateWakeRate;
        TimeSpan by = _longestWake * _wakes.NextDouble();
        if (!isLate || IsCalm || !Has(SimulatedFaults.LateWakes))
        {
            return TimeSpan.Zero;
        }

        Strike(SimulatedFaults.LateWakes);
        return by;
    }

    private void Advance(TimeSpan by)
    {
        if (IsStopped)
        {
            return;
        }

        Calm += IsCalm ? by : TimeSpan.Zero;
        Worked += by;
        _plan.IsCalm = IsCalm;
    }

    private void Jump(double rate)
    {
        bool jumps = _jumps.NextDouble() < rate;
        TimeSpan to = _longestJump * ((2 * _jumps.NextDouble()) - 1);
        if (jumps && !IsCalm && Has(SimulatedFaults.ClockJumps))
        {
            Strike(SimulatedFaults.ClockJumps);
            JumpTo(to);
        }
    }

    private void JumpTo(TimeSpan to)
    {
        TimeSpan by = to - _jumped;
        if (by != TimeSpan.Zero)
        {
            _jumped = to;
            _time.SetWallClock(by);
            ClockSet?.Invoke(by);
        }
    }

    private bool Has(SimulatedFaults kind) => _case.Faults.HasFlag(kind);
}
