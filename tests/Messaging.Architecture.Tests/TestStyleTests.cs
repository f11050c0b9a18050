using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class TestStyleTests
{
    private static readonly string[] _folders = ["tests", "samples/TestingAnApplication.Tests"];

    [Fact]
    public void Tree_Tests_NeverSleep() => Expect.Nothing(TestClockRule.Check(Repository.Sources(_folders)));

    [Fact]
    public void Tree_Tests_AreNamedInThreeParts() => Expect.Nothing(TestNameRule.Check(Repository.Sources(_folders)));

    [Fact]
    public void Tree_Tests_UseWhatHandlersChangeAtRest() => Expect.Nothing(HandlerStateRule.Check(Repository.Sources(_folders)));

    [Theory]
    [InlineData("await Task.Delay(1)", "Task.Delay")]
    [InlineData("System.Threading.Thread.Sleep(1)", "Thread.Sleep")]
    [InlineData("var x = DateTime.UtcNow", "DateTime.UtcNow")]
    [InlineData("var x = System.DateTime.Now.Ticks", "DateTime.Now")]
    public void Seed_TestThatSleeps_IsCaught(string statement, string word) => Expect.Violation(
        TestClockRule.Check([new("tests/P/DoorTests.cs", $"class DoorTests\n{{\n    async Task M() {{ {statement}; }}\n}}")]), "tests/P/DoorTests.cs:3", word);

    [Fact]
    public void Seed_WaitForever_IsAllowed() => Expect.Nothing(
        TestClockRule.Check([new("tests/P/Door.cs", "class Door { Task M(CancellationToken ct) => Task.Delay(Timeout.Infinite, ct); }")]));

    [Theory]
    [InlineData("Task.Delay(Wait, _time, ct)")]
    [InlineData("Task.Delay(Wait, test.Time)")]
    [InlineData("Task.Delay(Wait, clock)")]
    public void Seed_DelayOnAClockOfTheTests_IsAllowed(string wait) => Expect.Nothing(
        TestClockRule.Check([new("tests/P/Door.cs", $"class Door {{ Task M() => {wait}; }}")]));

    [Theory]
    [InlineData("Task.Delay(Wait, TimeProvider.System, ct)")]
    [InlineData("Task.Delay(Wait, ct)")]
    [InlineData("Task.Delay(_time)")]
    public void Seed_DelayInRealTime_IsCaught(string wait) => Expect.Violation(
        TestClockRule.Check([new("tests/P/Door.cs", $"class Door\n{{\n    Task M() => {wait};\n}}")]), "tests/P/Door.cs:3", "Task.Delay");

    [Theory]
    [InlineData("Fact", "DoorOpens")]
    [InlineData("Theory", "Door_Opens")]
    [InlineData("Fact(Timeout = 1)", "Door__Opens")]
    public void Seed_TestOfAnotherName_IsCaught(string attribute, string name) => Expect.Violation(
        TestNameRule.Check([new("tests/P/DoorTests.cs", $"class DoorTests\n{{\n    [{attribute}] public void {name}() {{ }}\n}}")]), "tests/P/DoorTests.cs:3", name);

    [Fact]
    public void Seed_MethodWithoutAttribute_MayBeNamedFreely() => Expect.Nothing(
        TestNameRule.Check([new("tests/P/DoorTests.cs", "class DoorTests { void Open() { } }")]));

    [Theory]
    [InlineData("found.Add(await PeekAsync());")]
    [InlineData("await SendAsync(1);\nfound.Should().Equal(1);")]
    [InlineData("if (found.Count == 1) { await test.SettleAsync(); }")]
    public void Seed_CollectionUsedBesideItsHandler_IsCaught(string use) => Expect.Violation(
        HandlerStateRule.Check([Handling(use)]), $"tests/P/DoorTests.cs:{4 + use.Count(letter => letter == '\n')}", "found");

    [Theory]
    [InlineData("await test.SettleAsync(); found.Add(1);")]
    [InlineData("await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1); found.Should().Equal(1);")]
    [InlineData("queue.Handle<int>((d, _) => found.Add(d.Body)); await test.AdvanceAsync(Hour); found.Clear();")]
    [InlineData("others.Add(1);")]
    [InlineData("found.Add(1); } ConcurrentBag<int> found = []; void Other() {")]
    public void Seed_CollectionUsedAtRest_IsAllowed(string use) => Expect.Nothing(HandlerStateRule.Check([Handling(use)]));

    private static SourceFile Handling(string use) => new(
        "tests/P/DoorTests.cs",
        $"class DoorTests\n{{ async Task M()\n{{ found.Clear(); queue.Handle<int>((d, _) => {{ found.Add(d.Body); }});\n{use} }} }}");
}
