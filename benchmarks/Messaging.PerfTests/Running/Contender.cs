namespace Messaging.PerfTests.Running;

/// <summary>One of the sides that a scenario compares.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="RunAsync">Passes about so many messages, checks that each arrived once, and tells what it cost. It throws if one
/// was lost, repeated or changed.</param>
internal sealed record Contender(string Name, Func<long, CancellationToken, Task<Measurement>> RunAsync);
