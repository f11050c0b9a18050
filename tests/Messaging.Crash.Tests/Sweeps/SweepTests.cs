using Messaging.Testing.Checkers;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Sweeps;

/// <summary>Cancellation and disposal at each step of the store: nothing hangs, nothing confirmed is lost, nothing acked comes again.</summary>
/// <remarks><c>MESSAGING_SWEEP=100000 MESSAGING_SEED=1</c> in the environment ask for more.</remarks>
public sealed class SweepTests(ITestOutputHelper output)
{
    private const int Calls = 25;
    private const int Clients = 4;
    private const int Said = 5_000;

    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Calls_CancelledAtTheKthStepOfTheStore_NeitherHangNorLoseNorRepeat()
    {
        int cases = 0;
        for (int seed = RunSize.Number("MESSAGING_SEED", 17); cases < RunSize.Of("MESSAGING_SWEEP", quick: 200, change: 2_000); seed++)
        {
            bool tripped = true;
            for (int step = 1; tripped; step++, cases++)
            {
                var sweep = new Sweep(seed);
                using var cancellation = new CancellationTokenSource();
                TrippingStore store = sweep.NewStore();
                await using (MessageBroker broker = await sweep.OpenAsync(store))
                {
                    // Off the store's thread, as any caller's cancellation is.
                    store.Arm(step, () => _ = cancellation.CancelAsync());
                    await sweep.RunAsync(broker, Calls, client: 1, cancellation.Token).WaitAsync(_hang);
                    tripped = store.Tripped;
                    await broker.DisposeAsync().AsTask().WaitAsync(_hang);
                }

                await CheckAsync(sweep, $"seed {seed}, step {step}");
                Tell(cases + 1);
            }
        }

        output.WriteLine($"{cases} cases");
    }

    [Fact]
    public async Task Dispose_AtTheKthStepUnderLoad_NeitherHangsNorLosesNorRepeats()
    {
        int cases = 0;
        for (int seed = RunSize.Number("MESSAGING_SEED", 17); cases < RunSize.Of("MESSAGING_SWEEP", quick: 200, change: 2_000) / 4; seed++, cases++)
        {
            var sweep = new Sweep(seed);
            TrippingStore store = sweep.NewStore();
            MessageBroker broker = await sweep.OpenAsync(store);
            var trip = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            store.Arm(new Random(seed).Next(1, 120), trip.SetResult);
            Task[] clients = [.. Enumerable.Range(1, Clients).Select(client => Task.Run(() => sweep.RunAsync(broker, Calls * 2, client, CancellationToken.None)))];

            await Task.WhenAny(trip.Task, Task.WhenAll(clients)).WaitAsync(_hang);
            await broker.DisposeAsync().AsTask().WaitAsync(_hang);
            await Task.WhenAll(clients).WaitAsync(_hang);

            await CheckAsync(sweep, $"seed {seed}");
            Tell(cases + 1);
        }

        output.WriteLine($"{cases} cases");
    }

    private void Tell(int cases)
    {
        if (cases % Said == 0)
        {
            output.Say($"{cases} cases");
        }
    }

    private static async Task CheckAsync(Sweep sweep, string which)
    {
        IReadOnlyList<Violation> violations = await sweep.ReopenAndCheckAsync().WaitAsync(_hang);
        violations.Select(violation => violation.ToString()).Should().BeEmpty(which);
    }
}
