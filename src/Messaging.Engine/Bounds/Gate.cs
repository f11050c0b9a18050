using Messaging.Diagnostics;

namespace Messaging.Bounds;

/// <summary>One bound: how much a place holds, in messages or bytes, and the senders that wait for room.</summary>
internal sealed class Gate(string destination)
{
    private const int Spins = 60;
    private const int SpinBatch = 64;

    private GateCounter _counter = new() { Capacity = long.MaxValue };
    private int _waiting;
    private bool _isLookDue;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Queue<Waiter> _waiters = new();
    private Exception? _end;

    public long Capacity
    {
        get => _counter.Capacity;
        set => _counter.Capacity = value;
    }

    /// <summary>Gets or sets a value indicating whether nobody may enter, however much room there is. Set under one lock of
    /// the caller's; <see cref="LetIn"/> follows without it.</summary>
    public bool IsShut
    {
        get => _counter.IsShut;
        set => _counter.IsShut = value;
    }

    /// <summary>Gets what has entered and not left.</summary>
    public long Held => _counter.Held;

    public FullMode FullMode { get; set; }

    /// <summary>Gets or sets a value indicating whether a look is due anyway: then senders are let in many at a time, when there is a quarter of
    /// the room, since going to sleep and waking up costs as much as some hundred messages.</summary>
    public bool IsLookDue
    {
        get => Volatile.Read(ref _isLookDue);
        set => Volatile.Write(ref _isLookDue, value);
    }

    /// <summary>Gets a value indicating whether somebody waits and no look is due. Who makes room that nobody sees yet looks here afterwards.</summary>
    public bool WantsLook => HasWaiting && !IsLookDue;

    public bool HasWaiting => Volatile.Read(ref _waiting) > 0;

    /// <summary>Counts what recovery found, or what enters without asking.</summary>
    public void Add(long count) => _counter.Enter(count);

    /// <summary>Enters if there is room now, and nobody has waited longer.</summary>
    public bool TryEnter(long count)
    {
        if (HasWaiting && FullMode == FullMode.Wait)
        {
            return false;
        }

        return _counter.TryEnter(count);
    }

    /// <summary>Enters, by the destination's mode when it is full.</summary>
    /// <param name="count">How much.</param>
    /// <param name="maker">What makes room; <see langword="null"/> where what leaves is counted at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueueFullException">It refuses, or never has that much room.</exception>
    public ValueTask EnterAsync(long count, IRoomMaker? maker, CancellationToken cancellationToken)
    {
        if (TryEnter(count))
        {
            return ValueTask.CompletedTask;
        }

        if (count > Capacity)
        {
            throw new QueueFullException(destination, Capacity);
        }

        if (FullMode == FullMode.Wait)
        {
            return WaitAsync(count, maker, cancellationToken);
        }

        maker?.FindRoom();
        if (FullMode == FullMode.Refuse)
        {
            return TryEnter(count) ? ValueTask.CompletedTask : throw new QueueFullException(destination, Capacity);
        }

        return EnterByDropping(count, maker);
    }

    /// <summary>Makes room where nobody waits, since nobody is asked to.</summary>
    public void Subtract(long count) => _counter.Leave(count);

    /// <summary>Makes room, and lets waiting senders in.</summary>
    public void Leave(long count)
    {
        _counter.Leave(count);
        if (HasWaiting && (!IsLookDue || _counter.HasRoomFor(Capacity / 4)))
        {
            LetIn();
        }
    }

    /// <summary>Ends the bound: whoever waits enters.</summary>
    public void Lift()
    {
        Capacity = long.MaxValue;
        IsShut = false;
        LetIn();
    }

    /// <summary>Lets in whoever waits and for whom there is room.</summary>
    public void LetIn()
    {
        lock (_gate)
        {
            while (_waiters.TryPeek(out Waiter? waiter))
            {
                bool gone = waiter.Entered.Task.IsCompleted;
                if (!gone && !_counter.TryEnter(waiter.Count))
                {
                    return;
                }

                _waiters.Dequeue();
                Interlocked.Decrement(ref _waiting);
                if (!gone && !waiter.Entered.TrySetResult())
                {
                    _counter.Leave(waiter.Count);
                }
            }
        }
    }

    /// <summary>Ends all waiting.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Close(Exception cause)
    {
        Waiter[] waiters;
        lock (_gate)
        {
            _end = cause;
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        foreach (Waiter waiter in waiters)
        {
            waiter.Entered.TrySetException(cause);
        }
    }

    private ValueTask EnterByDropping(long count, IRoomMaker? maker)
    {
        while (!TryEnter(count))
        {
            if (maker is not null && maker.TryDropOldest())
            {
                continue;
            }

            // Consumers may have made room between the look and the drop.
            return TryEnter(count) ? ValueTask.CompletedTask : throw new QueueFullException(destination, Capacity);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAsync(long count, IRoomMaker? maker, CancellationToken cancellationToken)
    {
        // A consumer at work makes room within microseconds, less than it takes to go to sleep and wake up.
        var spin = new SpinWait();
        long worthwhile = Math.Max(count, Math.Min(SpinBatch, Capacity / 4));
        for (int i = 0; i < Spins; i++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            // Room for several: looking at every message would slow the consumer down by the look itself.
            if ((_counter.HasRoomFor(worthwhile) || i == Spins - 1) && TryEnter(count))
            {
                return;
            }
        }

        var waiter = new Waiter(count);
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end;
            }

            _waiters.Enqueue(waiter);
            Interlocked.Increment(ref _waiting);
        }

        // Room may have come between the look and the queue, or have been made and not be seen yet.
        maker?.FindRoomSoon();
        LetIn();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).Entered.TrySetCanceled(token), waiter);
        try
        {
            await waiter.Entered.Task.ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            // A cancelled waiter at the head must not hold up the others.
            LetIn();
        }
    }

    private sealed class Waiter(long count)
    {
        public long Count => count;

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
