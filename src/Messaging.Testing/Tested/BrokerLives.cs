using Messaging.Storage;
using Messaging.Testing.Calls;
using Messaging.Testing.Faults;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>The lives of a broker under test, one after the other. Each ends with a crash; the next one finds what the store has committed.</summary>
/// <param name="openStore">Opens a store for each life.</param>
/// <param name="options">The options of the broker.</param>
/// <param name="work">Where it runs.</param>
/// <param name="faults">The faults, over all lives.</param>
/// <param name="begin">Begins a session for each life.</param>
internal sealed class BrokerLives(
    Func<IMessageStore> openStore, BrokerOptions options, SerialWork work, FaultPlan faults, Func<BrokerSession> begin)
{
    private TestedLife? _current;

    /// <exception cref="ObjectDisposedException">The last one has ended, or the first one was not opened.</exception>
    public TestedLife Current => _current ?? throw new ObjectDisposedException("TestBroker");

    public async ValueTask OpenAsync()
    {
        BrokerSession session = begin();
        work.Count.Activities = session.Activities;
        await TestedLife.OpenAsync(openStore(), options, work, faults, session, Begin).ConfigureAwait(false);
    }

    public async Task CrashAndReopenAsync()
    {
        await Current.CrashAsync().ConfigureAwait(false);
        await OpenAsync().ConfigureAwait(false);
    }

    /// <summary>Lets no other one begin.</summary>
    /// <returns>The last one, which its caller ends; <see langword="null"/> if somebody else does so.</returns>
    public TestedLife? TakeLast() => Interlocked.Exchange(ref _current, null);

    private void Begin(TestedLife life)
    {
        // On the queue's thread, before the broker passes any point.
        _current = life;
        work.Context.CrashPointReached = life.OnCrashPoint;
    }
}
