using Messaging.Architecture.Tests.Doors;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

/// <summary>The doors of this tree: all are in the list, all are tested, and none is opened under a lock or on the engine's threads.</summary>
public sealed class DoorTests
{
    private const string Readme = "tests/README.md";

    /// <summary>Set, it has the table written instead of compared.</summary>
    private const string WriteTables = "MESSAGING_WRITE_TABLES";

    private static readonly string[] _projects = ["src/Messaging.Abstractions", "src/Messaging.Engine", "src/Messaging.Sqlite", "src/Messaging"];

    private static readonly Lazy<(Code Code, DoorReach Reach, IReadOnlyList<DoorCall> Calls)> _tree = new(() =>
    {
        var code = new Code(new Meaning(Repository.Sources(_projects)));
        var flow = new ValueFlow(code);
        var finder = new DoorFinder(flow);
        return (code, new DoorReach(code, flow, finder), [.. code.Functions.SelectMany(finder.In)]);
    });

    [Fact]
    public void Tree_EachCallOfForeignCode_GoesThroughADoorThatIsTested() =>
        Expect.Nothing(DoorRule.Check(_tree.Value.Calls, DoorList.All, DoorRule.TestsIn(Repository.Sources("tests"))));

    [Fact]
    public void Tree_UnderALock_NoDoorIsOpened() => Expect.Nothing(DoorThreadRule.CheckLocks(_tree.Value.Code, _tree.Value.Reach, DoorList.All));

    [Fact]
    public void Tree_OnTheWritersAndTheTimersThread_NoDoorIsOpenedButTheStores() =>
        Expect.Nothing(DoorThreadRule.CheckThreads(_tree.Value.Code, _tree.Value.Reach, DoorList.All, DoorThreadRule.Roots));

    [Fact]
    public void Tree_TableOfDoors_IsTheOneThatTheListMakes()
    {
        string table = DoorTable.Of(DoorList.All, _tree.Value.Calls);
        string text = Repository.Text(Readme).Text;
        string? old = DoorTable.In(text);
        Assert.True(old is not null, $"{Readme} has no table of doors. Put this in:\n{table}");
        if (Environment.GetEnvironmentVariable(WriteTables) == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Readme), text.Replace(old!, table, StringComparison.Ordinal));
            return;
        }

        Assert.True(old == table, $"The table of doors in {Readme} is out of date. Run this test with {WriteTables}=1, or put this in:\n{table}");
    }

    [Fact]
    public void Seed_CallWithoutADoor_IsCaught() => Expect.Violation(Check([Door()], ["Policy.Delay", "Policy.Other"]), "src/P/Work.cs:1", "Policy.Other");

    [Fact]
    public void Seed_DoorWithoutACall_IsCaught() => Expect.Violation(Check([Door(), Door("Gone.Away")], ["Policy.Delay"]), "the list of doors", "Gone.Away");

    [Fact]
    public void Seed_DoorWithoutATestForABehaviour_IsCaught()
    {
        Door door = Door();
        door.Tests.Remove(Behaviour.IsSlow);

        Expect.Violation(Check([door], ["Policy.Delay"]), "the list of doors", "IsSlow");
    }

    [Fact]
    public void Seed_DoorWithAReasonForNoTest_IsAllowed()
    {
        Door door = Door();
        door.Tests.Remove(Behaviour.IsSlow);
        door.NotTested[Behaviour.IsSlow] = "it is the reason";

        Expect.Nothing(Check([door], ["Policy.Delay"]));
    }

    [Fact]
    public void Seed_DoorWhoseTestIsGone_IsCaught()
    {
        Door door = Door();
        door.Tests[Behaviour.Throws] = "Policy_Gone_Away";

        Expect.Violation(Check([door], ["Policy.Delay"]), "the list of doors", "WorkTests.Policy_Gone_Away");
    }

    [Fact]
    public void Seed_TestsInAFile_AreThoseWithAnAttribute() => DoorRule.TestsIn(
        [new("tests/P/WorkTests.cs", "class WorkTests { [Fact] public void A_B_C() { } [Theory, EveryStore] public void D_E_F() { } void G_H_I() { } }")])
        .Should().BeEquivalentTo("WorkTests.A_B_C", "WorkTests.D_E_F");

    [Fact]
    public void Seed_Table_IsFoundInItsText()
    {
        string table = DoorTable.Of([Door()], []);

        DoorTable.In($"before\n{table}\nafter").Should().Be(table);
        DoorTable.In("nothing").Should().BeNull();
    }

    private static IEnumerable<string> Check(Door[] doors, string[] calls)
    {
        var file = new SourceFile("src/P/Work.cs", "class Work { void M() { } }");
        Function function = new Code(new Meaning([file])).Functions.First(found => found.Symbol.Name == "M");
        return DoorRule.Check([.. calls.Select(name => new DoorCall(name, function, file.Root))], doors, new HashSet<string> { "WorkTests.Policy_Any_Holds" });
    }

    private static Door Door(string call = "Policy.Delay") => new()
    {
        Name = "a policy",
        Calls = [call],
        CalledOn = "any thread",
        Holds = "everything",
        TestClass = "WorkTests",
        Tests = Enum.GetValues<Behaviour>().ToDictionary(behaviour => behaviour, _ => "Policy_Any_Holds"),
    };
}
