using Messaging.Architecture.Tests.Walks;

namespace Messaging.Architecture.Tests;

/// <summary>How many calls a message makes between methods of ours on its way. More types must not mean a longer way.</summary>
/// <remarks>The limits are what the same walks counted at the most before the engine was cut into parts. <c>MESSAGING_WALKS</c> names a folder to which the hops are written,
/// with file and line.</remarks>
public sealed class WalkTests(WalkRun run, ITestOutputHelper output) : IClassFixture<WalkRun>
{
    private const int MostStepsUp = 2;
    private const int MostRoundTrips = 1;

    [Theory]
    [InlineData("memory", 145)]
    [InlineData("file", 314)]
    [InlineData("scheduled", 341)]
    [InlineData("dead-letter", 210)]
    [InlineData("opening", 312)]
    [InlineData("advance", 29)]
    public void Walk_OfAMessage_IsNoLongerThanItWas(string walk, int most)
    {
        IReadOnlyList<Hop> hops = run.Of(walk);
        if (Environment.GetEnvironmentVariable("MESSAGING_WALKS") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllLines(Path.Combine(folder, walk + ".txt"), hops.Select(static hop => hop.ToString()));
        }

        // A serializer is the user's; ours, which is there if there is none, stands where users see it.
        Hop[] up = [.. hops.Where(static hop => hop.IsUp && !hop.Callee.StartsWith("JsonMessageSerializer.", StringComparison.Ordinal))];
        string[] back = [.. hops.Select(static hop => hop.RoundTrip).Where(static types => types.Length > 0).Distinct()];
        output.WriteLine($"{hops.Count} hops, {up.Length} up, {back.Length} round trips");
        hops.Should().HaveCountLessThanOrEqualTo(most).And.HaveCountGreaterThan(most / 2, "a walk that nobody notes would always be short");
        up.Should().HaveCountLessThanOrEqualTo(MostStepsUp);
        back.Should().HaveCountLessThanOrEqualTo(MostRoundTrips);
    }

    [Theory]
    [InlineData("Messaging.Engine/Logs/MessageLog.cs:9", "Messaging.Engine/Subscriptions/Subscription.cs:9", true)]
    [InlineData("Messaging.Engine/Subscriptions/Subscription.cs:9", "Messaging.Engine/Logs/MessageLog.cs:9", false)]
    [InlineData("Messaging.Engine/Logs/MessageLog.cs:9", "Messaging.Engine/Logs/LogTail.cs:9", false)]
    [InlineData("Messaging.Engine/Logs/MessageLog.cs:9", "Messaging.Engine/MessageBroker.cs:9", true)]
    [InlineData("Messaging.Sqlite/Sessions/Checkpointer.cs:9", "Messaging.Engine/MessageBroker.cs:9", false)]
    [InlineData("", "Messaging.Engine/MessageBroker.cs:9", false)]
    public void Seed_HopToAFolderAbove_IsAStepUp(string from, string to, bool isUp) =>
        Hop.Parse($"A.M\tB.N\t/home/src/{from}\t/home/src/{to}\t").IsUp.Should().Be(isUp);
}
