using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Testing.Calls;
using Messaging.Testing.Faults;
using Messaging.Testing.Following;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;
using Messaging.Testing.Stores;
using Messaging.Testing.Tested;

namespace Messaging.Testing;

/// <summary>A broker for tests: the real one, in one place, on virtual time.</summary>
/// <remarks>
/// <para>Everything that the broker and the handlers in it do runs in one queue, on a thread of its own. So the test broker knows exactly when nothing
/// is left to do, and time moves only when the test says so. A handler counts as runnable from its call to its end, but while it waits for
/// <see cref="Time"/> (as by <see cref="Task.Delay(TimeSpan, TimeProvider)"/>), for the broker, or in <see cref="WaitForAsync(Task)"/>; the body of an
/// <c>await foreach</c> over a consumer likewise.</para>
/// <para>Code under test with a loop of its own is started by <see cref="Run"/>: then its receives, and the time until it settles, count as well. A receive
/// in the test's own code does not: the test may let its lease end.</para>
/// <para>Handlers run beside the test's own code until there is rest. A test reads or changes what its handlers change after <see cref="SettleAsync"/> or
/// <see cref="AdvanceAsync"/>; before that, both need a type that is safe for several threads.</para>
/// <para>All members may be called from any thread. A test broker belongs to one test.</para>
/// </remarks>
public sealed class TestBroker : IAsyncDisposable
{
    private readonly SerialWork _work;
    private readonly ObservationRecorder _recorder;
    private readonly RestWatch _watch;
    private readonly BrokerLives _lives;
    private readonly RestingClock _clock;

    private TestBroker(Func<IMessageStore> openStore, TestBrokerOptions options)
    {
        var time = new VirtualTime(options.StartTime);
        Faults = new FaultPlan(options.Seed ?? 0);
        _work = new SerialWork(time, options.Seed);
        _recorder = new ObservationRecorder(time);
        _watch = new RestWatch(_work.Count, _recorder, options.HangLimit);
        _lives = new BrokerLives(openStore, options.Broker, _work, Faults, () => new BrokerSession(_work, time, _recorder, _watch));
        _clock = new RestingClock(time, _work, _watch, Faults, _lives);
        Sent = Log("messages sent", ObservationKind.Sent);
        Scheduled = Log("messages scheduled", ObservationKind.Scheduled);
        Delivered = Log("deliveries", ObservationKind.Delivered);
        Settled = Log("deliveries settled", ObservationKind.Acked, ObservationKind.Nacked, ObservationKind.Rejected);
        DeadLettered = Log("dead letters", ObservationKind.DeadLettered);
        Observations = new ObservationLog(_recorder, static _ => true, "observations");
        _work.Start();
    }

    /// <summary>Gets the broker. After a crash it is another one: queues, producers, consumers and handlers are made anew then, as in a new process.</summary>
    public IMessageBroker Broker => Life.Front;

    /// <summary>Gets the clock. Give it to the code under test as its <see cref="TimeProvider"/>.</summary>
    public VirtualTime Time => _clock.Time;

    /// <summary>Gets the time it is.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Gets the faults that strike the broker, its store and its consumers; none at first.</summary>
    /// <remarks>Each rule counts from its creation on, over crashes. The plan's seed is that of the options.</remarks>
    public FaultPlan Faults { get; }

    /// <summary>Gets a value indicating whether the broker has crashed, by <see cref="FaultPlan.CrashAt"/>, and waits for <see cref="CrashAndReopenAsync"/>.</summary>
    public bool HasCrashed => Life.HasCrashed;

    /// <summary>Gets what was sent without a delay and confirmed.</summary>
    public ObservationLog Sent { get; }

    /// <summary>Gets what was sent with a delay and confirmed.</summary>
    public ObservationLog Scheduled { get; }

    /// <summary>Gets what was handed to consumers and handlers.</summary>
    public ObservationLog Delivered { get; }

    /// <summary>Gets the deliveries that were acknowledged, failed or were given up. Leases that ended are not among them; see <see cref="Observations"/>.</summary>
    public ObservationLog Settled { get; }

    /// <summary>Gets what went to dead-letter queues.</summary>
    public ObservationLog DeadLettered { get; }

    /// <summary>Gets everything that was seen.</summary>
    public ObservationLog Observations { get; }

    private TestedLife Life => _lives.Current;

    /// <summary>Starts a broker on a simulated disk: durable within the test, fast, and gone after it.</summary>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    public static TestBroker Start(TestBrokerOptions? options = null)
    {
        var test = new TestBroker(new SimulatedDisk().CreateStore, options ?? new TestBrokerOptions());
        // Everything about a simulated disk completes at once.
        test._lives.OpenAsync().AsTask().GetAwaiter().GetResult();
        return test;
    }

    /// <summary>Starts a broker on a store of the test's choice, such as a SQLite file.</summary>
    /// <param name="createStore">Creates a store, each time one that finds what the one before it committed. It is called again after a crash.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <exception cref="StoreException">The store cannot be opened.</exception>
    public static async ValueTask<TestBroker> StartAsync(Func<IMessageStore> createStore, TestBrokerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(createStore);
        var test = new TestBroker(createStore, options ?? new TestBrokerOptions());
        try
        {
            await test._lives.OpenAsync().ConfigureAwait(false);
            return test;
        }
        catch
        {
            test.Stop();
            throw;
        }
    }

    /// <summary>Waits until nothing is left that could run now. Time stands still.</summary>
    /// <remarks>It is exact: it ends when the last piece of work has, however long that takes, and never before.</remarks>
    /// <exception cref="NotAtRestException">User code blocks, or work comes without end.</exception>
    /// <exception cref="AggregateException">The broker, or a callback that it ran, has thrown.</exception>
    public Task SettleAsync() => _clock.RestAsync();

    /// <summary>Moves the clock: what falls due on the way happens at exactly its time, in the order of times, with rest after each.</summary>
    /// <param name="by">How far; zero is <see cref="SettleAsync"/>. Several moves at once are made one after the other.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is less than zero, or beyond the year 9999.</exception>
    /// <exception cref="NotAtRestException">User code blocks, or work comes without end.</exception>
    /// <exception cref="AggregateException">The broker, or a callback that it ran, has thrown.</exception>
    public Task AdvanceAsync(TimeSpan by)
    {
        Time.VerifyCanMove(by);
        return _clock.MoveAsync(by.Ticks, isRelative: true);
    }

    /// <summary>Moves the clock to the next time at which something is due, lets it happen, and waits for rest.</summary>
    /// <returns>Whether anything was due. Otherwise the clock has not moved.</returns>
    /// <exception cref="NotAtRestException">User code blocks, or work comes without end.</exception>
    /// <exception cref="AggregateException">The broker, or a callback that it ran, has thrown.</exception>
    public async Task<bool> AdvanceToNextAsync()
    {
        await SettleAsync().ConfigureAwait(false);
        long next = Time.NextDue;
        if (next == long.MaxValue)
        {
            return false;
        }

        await _clock.MoveAsync(next).ConfigureAwait(false);
        return true;
    }

    /// <summary>Settles, and moves the clock to each next time at which something is due, until a condition holds at rest.</summary>
    /// <param name="condition">The condition. It runs at rest, where the handlers run; the caller gets what it throws.</param>
    /// <param name="limit">How far the clock may move; <see langword="null"/> for one day.</param>
    /// <param name="words">What the condition says; the compiler gives it.</param>
    /// <exception cref="TimeoutException">The condition does not hold, and nothing more is due within the limit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is less than zero.</exception>
    /// <exception cref="NotAtRestException">User code blocks, or work comes without end.</exception>
    /// <exception cref="AggregateException">The broker, a callback that it ran, or code that <see cref="Run"/> started has thrown.</exception>
    public async Task UntilAsync(
        Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string words = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        TimeSpan farthest = limit ?? TimeSpan.FromDays(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(farthest, TimeSpan.Zero, nameof(limit));
        long begun = Time.GetTimestamp();
        await SettleAsync().ConfigureAwait(false);
        while (!await Life.Session.CallAsync(() => ValueTask.FromResult(condition())).ConfigureAwait(false))
        {
            long next = Time.NextDue;
            if (next == long.MaxValue || next - begun > farthest.Ticks)
            {
                string why = next == long.MaxValue ? "nothing more is due" : $"nothing more is due within the limit of {farthest:c}";
                throw new TimeoutException($"The condition does not hold, and {why}: {words}. {_recorder.TellLast()}".TrimEnd());
            }

            await _clock.MoveAsync(next).ConfigureAwait(false);
        }
    }

    /// <summary>Starts code under test that has a loop of its own, and follows it as handlers are followed.</summary>
    /// <remarks>
    /// <para>The code runs where the handlers run. It counts as running from this call to its end, but while it waits for virtual time, for the broker,
    /// or in <see cref="WaitForAsync(Task)"/>. A <see cref="PeriodicTimer"/> on <see cref="Time"/> is virtual time too.</para>
    /// <para>The code may have several loops. Each of them counts while it holds deliveries that are not settled, but for its own waits. What executes on
    /// the thread pool counts in any case. What no thread executes, such as a query of a server, is hidden by another wait: in the same loop, as a renewal
    /// of the lease, or without a delivery by any loop. Give such a task to <see cref="Track"/>, or start its loop by a call of its own.</para>
    /// <para>Start a host of the test's own by <c>await test.Run(() =&gt; host.StartAsync())</c>: its services are such loops, and go on when that task
    /// ends. What they wait for in real time without a delivery does not count. <c>RunAsync</c> of a host waits for its end, which the test broker does not know
    /// of.</para>
    /// <para>If the code throws, the next wait for rest throws that too, once: a loop that dies must not look like one that is at rest. Cancellation is
    /// no failure. After a crash, neither the code nor its failures count.</para>
    /// </remarks>
    /// <param name="code">The code. It must not block its thread.</param>
    /// <returns>The task of the code.</returns>
    public Task Run(Func<Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return Life.Session.RunAsync(code);
    }

    /// <summary>Counts a task that was started elsewhere, as on the thread pool, as running until it ends.</summary>
    /// <remarks>There is no rest before it ends, whatever it waits for. So it is for work that ends by itself; a loop that waits for messages is started by
    /// <see cref="Run"/>.</remarks>
    /// <param name="task">The task. Its failure stays its owner's.</param>
    /// <returns>The same task.</returns>
    public Task Track(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        _ = Life;
        StartedCode.Track(_work.Count, task);
        return task;
    }

    /// <summary>Lets time pass in which nothing can run, as when the process is stopped for a while, and then everything that is late at once.</summary>
    /// <param name="by">How long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is less than zero, or beyond the year 9999.</exception>
    public async Task PauseAsync(TimeSpan by)
    {
        Time.VerifyCanMove(by);
        await SettleAsync().ConfigureAwait(false);
        Time.MoveTo(Time.GetTimestamp() + by.Ticks);
        await _clock.MoveAsync(0, isRelative: true).ConfigureAwait(false);
    }

    /// <summary>Ends the broker as the death of its process would, and opens another one on what the store has committed.</summary>
    /// <remarks>Nothing more of the old one is stored, delivered or confirmed: sends that were not confirmed fail with
    /// <see cref="StoreOutcomeUnknownException"/> or <see cref="StoreException"/>, and the tokens of running handlers are cancelled, since code cannot be
    /// taken off its thread. What a handler does all the same reaches no store.</remarks>
    /// <exception cref="StoreException">The store cannot be opened again.</exception>
    public Task CrashAndReopenAsync() => _lives.CrashAndReopenAsync();

    /// <summary>Ends the lease of a message before its time, as if its consumer had been too slow: it fails once, and is delivered again.</summary>
    /// <param name="messageId">The message.</param>
    /// <returns>The number of leases that ended: one for each subscription in which somebody held it.</returns>
    public async Task<int> LoseLeaseAsync(MessageId messageId)
    {
        int lost = _recorder.FindOpen(messageId).Count(held => Life.EndLease(held.Subscription, held.Token));
        await SettleAsync().ConfigureAwait(false);
        return lost;
    }

    /// <summary>Waits for something that the test does later, from within a handler: meanwhile the handler does not count as runnable.</summary>
    /// <param name="task">What to wait for.</param>
    public Task WaitForAsync(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        _ = FollowedCode.Enter();
        return WaitInQueueAsync(task);
    }

    private async Task WaitInQueueAsync(Task task)
    {
        SynchronizationContext.SetSynchronizationContext(_work.Context);
        using (Activity.Current?.WaitFor() ?? default)
        {
            await task.ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    /// <summary>Ends the broker at once, as a crash would: stopping in good order is what the broker's own
    /// <see cref="IAsyncDisposable.DisposeAsync"/> does.</summary>
    /// <remarks>It may be called at any moment, and waits for no handler. One that blocks the thread of all has the token of its call cancelled after
    /// <see cref="TestBrokerOptions.HangLimit"/>, or at once if that was told before. Waits for rest that are under way end with
    /// <see cref="ObjectDisposedException"/>; queues, producers, consumers and handlers can be used, and disposed, as those of a broker that has
    /// ended.</remarks>
    public async ValueTask DisposeAsync()
    {
        if (_lives.TakeLast() is { } life)
        {
            try
            {
                await life.EndAsync().ConfigureAwait(false);
            }
            finally
            {
                Stop();
            }
        }
    }

    private void Stop()
    {
        _watch.Dispose();
        _work.Dispose();
    }

    private ObservationLog Log(string description, params ObservationKind[] kinds) =>
        new(_recorder, seen => kinds.Contains(seen.Kind), description);
}
