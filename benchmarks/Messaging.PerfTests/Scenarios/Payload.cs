namespace Messaging.PerfTests.Scenarios;

/// <summary>The body of the scenarios in memory: 32 bytes on the heap, handed over by reference.</summary>
internal sealed record Payload(long Number, string Text)
{
    /// <summary>One text of 64 characters, shared by all.</summary>
    public static readonly string SharedText = new('x', 64);

    public static Payload Of(long number) => new(number, SharedText);
}
