using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;
using Messaging.Testing.Stores;
using MyStore = Messaging.Sqlite.SqliteMessageStore;

namespace ReadmePrograms;

/// <summary>The specification that every store passes, and the checkers of a history.</summary>
internal static class TestOfAStore
{
    public static async Task RunAsync()
    {
        int number = 0;

        // readme: specification
        foreach (StoreCase demand in StoreSpecification.CasesFor(new MyStore("any").Features))
        {
            string file = $"store-{++number}.db";
            await demand.RunAsync(() => new MyStore(file));    // fails with what is demanded, and what the store did
        }
        // end

        ArgumentOutOfRangeException.ThrowIfZero(number);
        CheckHistory();
    }

    private static void CheckHistory()
    {
        using (FileStream file = File.Create("history.txt"))
        {
            var phantom = new HistoryEvent { Operation = HistoryOperation.Deliver, Subscription = "charges", Message = "charge 1", Epoch = 1, Token = 1, Attempt = 1 };
            new HistoryWriter(file, TimeProvider.System).Write(phantom);
        }

        // readme: checkers
        using StreamReader text = File.OpenText("history.txt");    // lines of a HistoryWriter, told by one process or by several that died
        IReadOnlyList<Violation> violations = Checker.Check(History.Load(text));
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(violations.Single().Invariant, "I2");
    }
}
