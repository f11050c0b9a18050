using Messaging;
using Messaging.Sqlite;
using Messaging.Testing;
using Messaging.Testing.Faults;

namespace ReadmePrograms;

/// <summary>Faults that strike when a test wants it, and a crash.</summary>
internal static class TestWithFaults
{
    public static async Task RunAsync()
    {
        var gateway = new PaymentGateway();

        // page: faults
        await using TestBroker test = await TestBroker.StartAsync(() => new SqliteMessageStore("charges.db"));    // or any other store
        test.Faults.On(StoreOperation.Commit).OfLog("charges").Nth(1).Fail();    // or FailUnknown, Delay, Duplicate, Tear; reads and openings, too
        test.Faults.LoseLease("charges", nth: 1);                                // or SlowConsumer, JumpClock
        test.Faults.CrashAt(CrashPoints.AppendQueued, nth: 3);                   // one of eleven points; test.HasCrashed says so
        // end

        IProducer<Charge> charges = test.Broker.Queue("charges").Producer<Charge>();
        await RefuseAsync(() => charges.SendAsync(new Charge(1)));
        await charges.SendAsync(new Charge(1));
        await RefuseAsync(() => charges.SendAsync(new Charge(2)));
        ArgumentOutOfRangeException.ThrowIfNotEqual(test.HasCrashed, true);

        // page: crash
        await test.CrashAndReopenAsync();                                        // memory is lost; what the store committed is not
        await using IWorker worker = test.Broker.Queue("charges").Handle<Charge>(gateway.ChargeAsync);
        await test.AdvanceAsync(TimeSpan.FromMinutes(5));
        test.Faults.VerifyAllHit();
        // end

        test.Settled.Where(seen => seen.Kind == ObservationKind.Acked).Exactly(1);
    }

    private static async Task RefuseAsync(Func<ValueTask<Receipt>> send)
    {
        try
        {
            await send();
        }
        catch (StoreException)
        {
            return;
        }

        throw new InvalidOperationException("The send did not fail.");
    }
}
