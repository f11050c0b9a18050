using Messaging.Diagnostics;
using Messaging.Testing;
using Messaging.Testing.Checkers;
using Messaging.Testing.Faults;
using Messaging.Testing.Histories;
using Messaging.Testing.Running;
using Messaging.Testing.Stores;
using Messaging.Testing.Workloads;

namespace Messaging.Simulation.Tests;

/// <summary>A whole run of a broker with clients, faults, deaths and reopenings, on the caller's thread and on virtual time.</summary>
/// <remarks>In the end there are no faults, everything is drained, and the broker is opened once more to show that all of it was stored.</remarks>
internal sealed class Simulation
{
    private const long MostSteps = 60_000;
    private static readonly TimeSpan[] _longestDelays = [TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(400)];
    private static readonly TimeSpan _idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan _longestWaitForCut = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWaitForStore = TimeSpan.FromMilliseconds(10);

    private readonly SimulationCase _case;
    private readonly VirtualTime _time = new();
    private readonly SerialWork _work;
    private readonly SimulatedDisk _disk;
    private readonly FaultPlan _plan;
    private readonly Workload _workload;
    private readonly Disturbance _disturbance;
    private readonly Trace _trace = new();
    private readonly Random _random;
    private SimulatedProcess? _process;
    private readonly Queue<SimulatedProcess> _dying = new();
    private string? _stuck;

    private Simulation(SimulationCase @case)
    {
        _case = @case;
        _random = new Random(unchecked(@case.Seed * 31));
        _work = new SerialWork(_time, @case.Seed) { Stepped = OnStep, AtRest = () => (_stuck ??= MoveTime()) is null };
        _work.Context.Mistake = @case.Bug;
        _work.Context.CrashPointReached = OnCrashPoint;
        _disk = new SimulatedDisk { DropsSyncs = @case.DropsSyncs };
        _plan = new FaultPlan(@case.Seed);
        _disturbance = new Disturbance(@case, _time, _plan);
        _work.Waking = WakeAsync;
        _workload = new Workload(_time, new WorkloadOptions
        {
            Seed = @case.Seed, Operations = @case.Operations, Durability = _disturbance.CutsPower ? Durability.Power : Durability.Process,
            LongestDelay = _longestDelays[_random.Next(_longestDelays.Length)],
        })
        {
            Told = _trace.Add,
        };
        _disturbance.ClockSet = _workload.SetClock;
    }

    /// <summary>Runs a case to its end.</summary>
    public static SimulationOutcome Run(SimulationCase @case) => new Simulation(@case).Run();

    private SimulationOutcome Run()
    {
        Task? main = null;
        _work.Run(() => main = RunAsync());
        while (_stuck is null)
        {
            _work.Drain();
            if (main is { IsCompleted: true })
            {
                break;
            }

            _stuck ??= MoveTime();
        }

        return new SimulationOutcome
        {
            Case = _case,
            History = _workload.History,
            Violations = [.. Checker.Check(_workload.History), .. Complaints(main)],
            Hash = _trace.Hash,
            Steps = _work.Count.Steps,
            Struck = _disturbance.Struck,
            Points = _disturbance.Points,
            Worked = _disturbance.Worked,
            Calm = _disturbance.Calm,
        };
    }

    /// <summary>Tells what is wrong with the run that its history does not show.</summary>
    private IEnumerable<Violation> Complaints(Task? main)
    {
        if (_stuck is not null)
        {
            yield return new Violation("I7", "simulation", _stuck, [.. _workload.History.Events.TakeLast(3)]);
        }

        if (main?.Exception is { } exception)
        {
            yield return new Violation("exception", "simulation", exception.ToString());
        }

        foreach (Exception failure in _work.Failures.Lasting)
        {
            yield return new Violation("exception", "broker", failure.ToString());
        }

        if (_work.Count.Strays != 0)
        {
            yield return new Violation("serial", "simulation", $"{_work.Count.Strays} pieces of work came from another thread");
        }
    }

    /// <summary>Lets the next timers fire, when nothing can run any more.</summary>
    /// <returns>Why the run cannot go on; <see langword="null"/> if it can.</returns>
    private string? MoveTime()
    {
        long due = _time.NextDue;
        if (due == long.MaxValue)
        {
            return "nothing is left that could happen, and clients wait";
        }

        int timers = _disturbance.MoveTo(due);
        for (int i = 0; i < timers; i++)
        {
            _work.Run(() => _time.TryFireNext(due));
        }

        if (_disturbance.DrawLostLease())
        {
            _work.Run(LoseLease);
        }

        return null;
    }

    private async Task RunAsync()
    {
        while (!_workload.IsDone)
        {
            await LiveAsync();
        }

        _disturbance.Stop();
        await DrainAsync(await OpenAsync());
    }

    /// <summary>Opens the broker, lets the clients work until it or they come to an end, and closes it.</summary>
    private async Task LiveAsync()
    {
        SimulatedProcess process = await OpenAsync();
        if (process.Broker is not { } broker)
        {
            await Task.Delay(TimeSpan.FromTicks(_random.NextInt64(_longestWaitForStore.Ticks)), _time);
            return;
        }

        using var stop = new CancellationTokenSource();
        _disturbance.PlanEnd();
        Task<LifeEnd> life = _workload.LiveAsync(broker, stop.Token);
        Task closing = _disturbance.PlannedClosing is { } after ? CloseLaterAsync(broker, life, stop, after) : Task.CompletedTask;
        LifeEnd end = await life;
        await closing;
        if (end == LifeEnd.Done)
        {
            await DrainTheSameAsync(process);
        }
        else if (end != LifeEnd.Crashed)
        {
            await CloseAsync(process);
        }
    }

    /// <summary>Closes the broker under its clients, or stops them first.</summary>
    private async Task CloseLaterAsync(MessageBroker broker, Task<LifeEnd> life, CancellationTokenSource stop, TimeSpan after)
    {
        bool stops = _random.Next(2) == 0;
        await Task.WhenAny(Task.Delay(after, _time), life);
        if (!life.IsCompleted && stops)
        {
            _disturbance.Strike(SimulatedFaults.Closings);
            stop.Cancel();
        }
        else if (!life.IsCompleted)
        {
            _disturbance.Strike(SimulatedFaults.Closings);
            _ = broker.DisposeAsync().AsTask();
        }
    }

    private async Task<SimulatedProcess> OpenAsync()
    {
        var process = new SimulatedProcess(new FaultStore(_disk.CreateStore(), _plan, _time));
        _process = process;
        _disturbance.JumpUnseen();
        try
        {
            MessageBroker broker = await MessageBroker.OpenAsync(process.Store, new BrokerOptions { TimeProvider = _time, Work = _work });
            process.Broker = broker;
            if (process.IsDead)
            {
                process.Vanish();
                process.Broker = null;
            }
        }
        catch (StoreException) when (!_disturbance.IsStopped)
        {
            if (!process.IsDead)
            {
                _workload.Crash("while the broker was opened");
            }
        }

        return process;
    }

    private async Task CloseAsync(SimulatedProcess process)
    {
        await Task.WhenAny(process.Broker!.DisposeAsync().AsTask(), process.Death);
        if (!process.IsDead)
        {
            _process = null;
            _workload.Close();
        }
    }

    /// <summary>Takes everything that is left, lets a long time pass, and closes the broker.</summary>
    private async Task DrainAsync(SimulatedProcess process)
    {
        await _workload.DrainAsync(process.Broker!);
        await Task.Delay(_idle, _time);
        _workload.Tell(new HistoryEvent { Operation = HistoryOperation.Rest, Note = $"timers={_time.ArmedTimers}" });
        await CloseAsync(process);
    }

    /// <summary>Drains the broker that the clients have worked with: what it has lost in its memory only, an opening would bring back. Some of the
    /// time its store is cut off meanwhile, as by a commit that was torn: then all of it ends at once, and the next opening is drained.</summary>
    private async Task DrainTheSameAsync(SimulatedProcess process)
    {
        _disturbance.Stop();
        _ = CutOffLaterAsync(process);
        try
        {
            await DrainAsync(process);
        }
        catch (Exception exception) when (exception is StoreException { MustReopen: true } or ObjectDisposedException)
        {
            // Something that was under way has ended it all the same.
            await CloseAsync(process);
        }
    }

    private async Task CutOffLaterAsync(SimulatedProcess process)
    {
        bool cutsOff = _random.Next(4) == 0;
        var after = new TimeSpan(_random.NextInt64(_longestWaitForCut.Ticks));
        if (cutsOff && _case.Faults.HasFlag(SimulatedFaults.UnknownOutcomes))
        {
            await Task.Delay(after, _time);
            process.Store.Sever();
        }
    }

    private void OnStep(int chosen, int of)
    {
        _trace.Add(chosen);
        _trace.Add(of);
        if (_work.Count.Steps == MostSteps)
        {
            _stuck = $"it is not over after {MostSteps:N0} pieces of work";
            _work.Halt();
        }

        if (_dying.TryDequeue(out SimulatedProcess? dying))
        {
            // One process may have died within a piece of work, and the next one at its opening.
            dying.Vanish();
        }
        else if (_process is { IsDead: false } process && _disturbance.CountStep())
        {
            Die(process, SimulatedFaults.Crashes, "between two pieces of work");
            process.Vanish();
        }
    }

    private void OnCrashPoint(string name)
    {
        if (_process is { IsDead: false } process && _disturbance.CountPoint(name))
        {
            Die(process, SimulatedFaults.CrashPoints, name);
            // What called goes on to its end, may hold locks, and stores nothing.
            _dying.Enqueue(process);
        }
    }

    private void Die(SimulatedProcess process, SimulatedFaults kind, string where)
    {
        _disturbance.Strike(kind);
        process.Die();
        if (_disturbance.CutsPower)
        {
            _disturbance.Strike(SimulatedFaults.PowerCuts);
            int lost = _disk.CutPower(_random);
            _workload.Crash($"power cut {where}, {lost} commits lost");
        }
        else
        {
            _disk.Crash();
            _workload.Crash(where);
        }
    }

    /// <summary>Lets a consumer that is woken go on at once, or later: then others have the message.</summary>
    private async ValueTask<bool> WakeAsync(ValueTask<bool> waiting)
    {
        bool more = await waiting;
        if (_disturbance.DrawWake() is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _time);
        }

        return more;
    }

    /// <summary>Ends the lease of one of the latest deliveries that were told of.</summary>
    private void LoseLease()
    {
        const int Latest = 40;
        if (_process is not { IsDead: false, Broker: { } broker })
        {
            return;
        }

        IReadOnlyList<HistoryEvent> events = _workload.History.Events;
        int at = Math.Max(0, events.Count - 1 - _random.Next(Latest));
        if (events.Count > 0 && events[at] is { Operation: HistoryOperation.Deliver } delivery
            && broker.EndLease(delivery.Subscription, new DeliveryToken(delivery.Epoch, delivery.Token)))
        {
            _disturbance.Strike(SimulatedFaults.LostLeases);
            _workload.Tell(new HistoryEvent { Operation = HistoryOperation.LeaseEnd, Subscription = delivery.Subscription, Message = delivery.Message });
        }
    }
}
