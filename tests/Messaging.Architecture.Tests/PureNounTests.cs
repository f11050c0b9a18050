using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class PureNounTests
{
    [Fact]
    public void Tree_NounsOfTheEngine_ArePure() => Expect.Nothing(PureNounRule.Check(Repository.Sources("src/Messaging.Abstractions", "src/Messaging.Engine")));

    [Theory]
    [InlineData("LeaseTable", "void M() { lock (this) { } }", "'lock'")]
    [InlineData("CursorState", "async void M() { }", "'async'")]
    [InlineData("TimingWheel", "TimeProvider _clock;", "TimeProvider")]
    [InlineData("TopicPattern", "Task M() => null;", "Task")]
    [InlineData("SendPolicy", "void M() => System.Threading.Monitor.Enter(this);", "Monitor")]
    [InlineData("RangeSet", "void M() => File.Delete(\"x\");", "File")]
    public void Seed_ImpureNoun_IsCaught(string name, string member, string word) => Expect.Violation(
        PureNounRule.Check([new($"src/Messaging.Engine/Leases/{name}.cs", $"sealed class {name}\n{{\n    {member}\n}}")]),
        $"src/Messaging.Engine/Leases/{name}.cs:3",
        word);

    [Fact]
    public void Seed_ImpureImport_IsCaught() => Expect.Violation(
        PureNounRule.Check([new("src/Messaging.Engine/Leases/LeaseTable.cs", "using System.Threading.Channels;\nsealed class LeaseTable;")]),
        "src/Messaging.Engine/Leases/LeaseTable.cs:1",
        "System.Threading.Channels");

    [Fact]
    public void Seed_DoerOrMemberOfThatName_IsAllowed() => Expect.Nothing(PureNounRule.Check(
    [
        new("src/Messaging.Engine/Leases/LeaseLoop.cs", "sealed class LeaseLoop { async Task M() { await Task.Yield(); } }"),
        new("src/Messaging.Engine/Leases/LeaseTable.cs", "sealed class LeaseTable { object M(Lease l) => l.Task; }"),
    ]));
}
