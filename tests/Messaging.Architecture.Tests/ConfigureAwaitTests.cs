using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class ConfigureAwaitTests
{
    [Fact]
    public void Tree_EveryAwaitInTheLibrary_IsConfigured() => Expect.Nothing(ConfigureAwaitRule.Check(Repository.Sources("src")));

    [Theory]
    [InlineData("await M();")]
    [InlineData("await M().ConfigureAwait(true);")]
    [InlineData("await M().ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext);")]
    [InlineData("await foreach (var x in All()) { }")]
    [InlineData("await foreach (var (x, y) in All()) { }")]
    [InlineData("await using (Open()) { }")]
    [InlineData("await using (var x = Open()) { }")]
    [InlineData("await using var x = Open();")]
    public void Seed_UnconfiguredAwait_IsCaught(string statement) => Expect.Violation(
        ConfigureAwaitRule.Check([new("src/P/Door.cs", $"class Door\n{{\n    async Task M() {{ {statement} }}\n}}")]), "src/P/Door.cs:3", "ConfigureAwait(false)");

    [Fact]
    public void Seed_AwaitOfTheEngineThatNeverGoesBack_IsCaught() => Expect.Violation(
        ConfigureAwaitRule.Check([new("src/Messaging.Engine/Door.cs", "class Door\n{\n    async Task M() { await M().ConfigureAwait(false); }\n}")]),
        "src/Messaging.Engine/Door.cs:3",
        "ConfigureAwait(WorkContext.IsCurrent)");

    [Theory]
    [InlineData("await M().ConfigureAwait(WorkContext.IsCurrent);")]
    [InlineData("await M().ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));")]
    [InlineData("await M().ConfigureAwait(false);")]
    [InlineData("await M().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);")]
    [InlineData("await Task.Yield();")]
    [InlineData("await foreach (var x in All().WithCancellation(ct).ConfigureAwait(false)) { }")]
    [InlineData("await using var x = Open().ConfigureAwait(false);")]
    [InlineData("foreach (var x in All()) { } using var y = Open();")]
    public void Seed_ConfiguredAwait_IsAllowed(string statement) => Expect.Nothing(
        ConfigureAwaitRule.Check([new("src/P/Door.cs", $"class Door {{ async Task M() {{ {statement} }} }}")]));
}
