using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class BannedSymbolsTests
{
    private static readonly TextFile _list = Repository.Text("src/Messaging.Engine/BannedSymbols.txt");
    private static readonly TextFile _project = Repository.Text("src/Messaging.Engine/Messaging.Engine.csproj");

    [Fact]
    public void Tree_ListOfBannedSymbols_IsCompleteAndInForce() => Expect.Nothing(BannedSymbolsRule.CheckList(_list, _project));

    [Fact]
    public void Tree_Engine_UsesNoBannedSymbol() => Expect.Nothing(BannedSymbolsRule.CheckUses(
        _list, new Meaning(Repository.Sources("src/Messaging.Abstractions", "src/Messaging.Engine")), "Messaging.Engine"));

    [Theory]
    [InlineData("Task.Run(() => { })")]
    [InlineData("Task.Delay(1)")]
    [InlineData("Thread.Sleep(1)")]
    [InlineData("_ = DateTime.UtcNow")]
    [InlineData("_ = System.DateTimeOffset.Now")]
    [InlineData("_ = System.Diagnostics.Stopwatch.GetTimestamp()")]
    [InlineData("_ = Environment.TickCount64")]
    [InlineData("new CancellationTokenSource().CancelAfter(1)")]
    [InlineData("Guid.NewGuid()")]
    [InlineData("_ = Random.Shared.Next()")]
    [InlineData("new Timer(_ => { })")]
    public void Seed_BannedSymbol_IsCaught(string statement) =>
        BannedSymbolsRule.CheckUses(
            _list, new Meaning([new("src/Messaging.Engine/Leases/Door.cs", $"class Door\n{{\n    void M() {{ {statement}; }}\n}}")]), "Messaging.Engine")
            .Should().NotBeEmpty().And.OnlyContain(v => v.StartsWith("src/Messaging.Engine/Leases/Door.cs:3: banned symbols — ", StringComparison.Ordinal));

    [Fact]
    public void Seed_EachEntryTakenFromTheList_IsMissed()
    {
        foreach (string id in BannedSymbolsRule.DemandedIds())
        {
            string rest = string.Join('\n', _list.Text.Split('\n').Where(line => !line.StartsWith(id + ";", StringComparison.Ordinal)));

            BannedSymbolsRule.CheckList(_list with { Text = rest }, _project).Should().Contain(v => v.Contains(id + " is missing", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Seed_ProjectWithoutTheList_IsCaught() =>
        BannedSymbolsRule.CheckList(_list, _project with { Text = "<Project />" }).Should().Contain(v => v.Contains("not in the project", StringComparison.Ordinal));
}
