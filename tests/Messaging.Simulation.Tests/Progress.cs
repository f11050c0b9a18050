namespace Messaging.Simulation.Tests;

/// <summary>What a long test tells while it runs.</summary>
internal static class Progress
{
    /// <summary>Tells it with the test's output, and at once to whoever watches.</summary>
    public static void Say(this ITestOutputHelper output, string text)
    {
        output.WriteLine(text);
        TestContext.Current.SendDiagnosticMessage(text);
    }
}
