using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads;

/// <summary>A load of clients on a broker that tells, in a <see cref="Histories.History"/>, of what they do and see: what <see cref="Checkers.Checker"/>
/// can hold against the invariants.</summary>
/// <remarks>
/// <para>It works with any broker on any clock: <see cref="LiveAsync"/> with each opening of it, until all steps are taken, then
/// <see cref="DrainAsync"/> once. Who closes the broker, or lets its process die, says so with <see cref="Close"/> and <see cref="Crash"/>. All openings
/// must find what the one before has stored.</para>
/// <para>It uses the queues <c>work</c> and <c>side</c>, the topics <c>news.eu</c> and <c>news.us</c>, and the subscriptions <c>one</c>, <c>two</c>,
/// <c>three</c> and <c>passing</c>. Nobody else may, unless it is told.</para>
/// <para>What the clients do follows from the seed and from what they see; where everything runs in one place in the same order, twice the same
/// seed gives the same history. The times in it follow the monotonic clock over all openings, and count from a second before the workload was made.
/// Who sets the wall clock says so with <see cref="SetClock"/>.</para>
/// </remarks>
public sealed class Workload
{
    private static readonly TimeSpan _realSlack = TimeSpan.FromMilliseconds(2);

    private readonly Teller _teller;
    private readonly TimeSpan _clockSlack;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<RepeatedSend> _repeated = [];
    private IMessageBroker? _broker;
    private Life? _life;
    private int _lives;
    private int _taken;

    /// <summary>Creates a workload.</summary>
    /// <param name="time">The broker's clock; <see langword="null"/> for the system's.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    public Workload(TimeProvider? time = null, WorkloadOptions? options = null)
    {
        Time = time ?? TimeProvider.System;
        Options = options ?? new WorkloadOptions();
        History = new History();
        _teller = new Teller(History, Time);
        // The broker reads the clocks a moment after the workload, or before it.
        _clockSlack = ReferenceEquals(Time, TimeProvider.System) ? _realSlack : TimeSpan.Zero;
    }

    /// <summary>Gets the options.</summary>
    public WorkloadOptions Options { get; }

    /// <summary>Gets what was told so far. It must not be read while clients work on other threads.</summary>
    public History History { get; }

    /// <summary>Gets or sets what is called with each event when it is told, one at a time.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public Action<HistoryEvent>? Told
    {
        get => _teller.Told;
        set => _teller.Told = value;
    }

    /// <summary>Gets how many steps are taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Gets a value indicating whether all steps are taken.</summary>
    public bool IsDone => Taken >= Options.Operations;

    internal TimeProvider Time { get; }

    internal long LatestDue => _teller.LatestDue;

    /// <summary>Lets the clients work with a broker.</summary>
    /// <param name="broker">The broker: one that was just opened, or the same as before. It is not closed.</param>
    /// <param name="cancellationToken">Ends the work in good order, after the steps that were begun.</param>
    /// <returns>Why they have ended. None of them does anything any more, unless the life ended by <see cref="Crash"/>.</returns>
    /// <exception cref="InvalidOperationException">They are at work with another broker.</exception>
    public async Task<LifeEnd> LiveAsync(IMessageBroker broker, CancellationToken cancellationToken = default)
    {
        Life life = Begin(broker, "");
        Task running = life.RunAsync(cancellationToken);
        await Task.WhenAny(running, life.Death).ConfigureAwait(WorkContext.IsCurrent);
        if (life.IsDead)
        {
            return LifeEnd.Crashed;
        }

        await running.ConfigureAwait(WorkContext.IsCurrent);
        life.Dispose();
        return life.HasFailed ? LifeEnd.Failed : IsDone ? LifeEnd.Done : LifeEnd.Stopped;
    }

    /// <summary>Takes and acknowledges everything that is left, waits for what is scheduled, and tells of dead letters, counts and what is still held.</summary>
    /// <param name="broker">A broker without faults: one that was just opened, or the same as before. It is not closed.</param>
    /// <param name="cancellationToken">Ends it; nothing is told of the end then.</param>
    /// <exception cref="StoreException">The store has failed.</exception>
    /// <exception cref="InvalidOperationException">Clients are at work with another broker.</exception>
    public async Task DrainAsync(IMessageBroker broker, CancellationToken cancellationToken = default)
    {
        Life life = Begin(broker, "drain");
        await new Draining(life).RunAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        life.Dispose();
    }

    /// <summary>Tells that the process of the broker has died, or its power was cut. Its clients tell nothing more, and end.</summary>
    /// <param name="note">What happened.</param>
    /// <remarks>It may be called from within the broker.</remarks>
    public void Crash(string note = "")
    {
        ArgumentNullException.ThrowIfNull(note);
        var crash = new HistoryEvent { Operation = HistoryOperation.Crash, Note = note };
        if (EndLife() is { } life)
        {
            life.Die(crash);
        }
        else
        {
            _teller.Tell(crash);
        }
    }

    /// <summary>Tells that the broker was closed in good order.</summary>
    public void Close()
    {
        EndLife();
        _teller.Tell(new HistoryEvent { Operation = HistoryOperation.Close });
    }

    /// <summary>Tells that the wall clock was set.</summary>
    /// <param name="by">How far, backwards too.</param>
    public void SetClock(TimeSpan by) => _teller.Tell(new HistoryEvent { Operation = HistoryOperation.SetClock, Due = by.Ticks });

    /// <summary>Tells of something that was done to the broker from elsewhere, such as the end of a lease.</summary>
    /// <param name="happened">The event; its time is set.</param>
    public void Tell(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        _teller.Tell(happened);
    }

    internal bool TryTakeStep()
    {
        lock (_gate)
        {
            if (_taken >= Options.Operations)
            {
                return false;
            }

            _taken++;
            return true;
        }
    }

    /// <summary>Gets the earliest time at which something is due after a delay that begins now; 0 for none.</summary>
    internal long DueAfter(TimeSpan delay) => delay > _clockSlack ? _teller.Now + (delay - _clockSlack).Ticks : 0;

    /// <summary>Notes a send that a later life is to repeat.</summary>
    internal void NoteBegun(Life life, RepeatedSend repeated)
    {
        lock (_gate)
        {
            if (!life.IsDead)
            {
                _repeated.RemoveAll(known => known.Name == repeated.Name);
                _repeated.Add(repeated with { Life = life.Number });
            }
        }
    }

    /// <summary>Takes the sends that this life is to repeat: the last ones of those before it.</summary>
    internal List<RepeatedSend> TakeRepeated(Life life)
    {
        const int Most = 20;
        lock (_gate)
        {
            List<RepeatedSend> taken = [.. _repeated.Where(known => !known.IsNextOpeningOnly || known.Life == life.Number - 1).TakeLast(Most)];
            _repeated.Clear();
            return taken;
        }
    }

    private Life Begin(IMessageBroker broker, string note)
    {
        ArgumentNullException.ThrowIfNull(broker);
        Life life;
        bool isNew;
        lock (_gate)
        {
            if (_life is { IsOver: false })
            {
                throw new InvalidOperationException("The clients are at work with another broker: crash it or let them end first.");
            }

            _life = life = new Life(this, _teller, broker, ++_lives);
            isNew = _broker != broker;
            _broker = broker;
        }

        if (isNew)
        {
            _teller.Tell(new HistoryEvent { Operation = HistoryOperation.Open, Note = note });
        }

        return life;
    }

    private Life? EndLife()
    {
        lock (_gate)
        {
            Life? life = _life;
            _life = null;
            _broker = null;
            if (life is null)
            {
                // An opening came and went in which nothing was repeated.
                _repeated.RemoveAll(static repeated => repeated.IsNextOpeningOnly);
            }

            return life;
        }
    }
}
