using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;
using Messaging.Testing.Stores;
using MyStore = Messaging.InMemoryMessageStore;

namespace ReadmePrograms;

/// <summary>The specification that every store passes, and the checkers of a history.</summary>
internal static class TestOfAStore
{
    public static async Task RunAsync()
    {
        // page: specification
        foreach (StoreCase demand in StoreSpecification.CasesFor(new MyStore().Features))
        {
            var store = new MyStore();
            await demand.RunAsync(() => store);    // or a new one on the same file each time; a failure says what was demanded and what happened
        }
        // end

        CheckHistory();
    }

    private static void CheckHistory()
    {
        using (FileStream file = File.Create("history.txt"))
        {
            var phantom = new HistoryEvent { Operation = HistoryOperation.Deliver, Subscription = "charges", Message = "charge 1", Epoch = 1, Token = 1, Attempt = 1 };
            new HistoryWriter(file, TimeProvider.System).Write(phantom);
        }

        // page: checkers
        using StreamReader text = File.OpenText("history.txt");    // lines of a HistoryWriter, from one process or from several that died
        IReadOnlyList<Violation> violations = Checker.Check(History.Load(text));
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(violations.Single().Invariant, "I2");
    }
}
