using Messaging.Testing.Histories;

namespace Messaging.Simulation.Tests;

/// <summary>A number that follows from all that happened in a simulation, and in which order: 64 bits by the rule of Fowler, Noll and Vo.</summary>
internal sealed class Trace
{
    private const ulong Prime = 1_099_511_628_211;

    public ulong Hash { get; private set; } = 14_695_981_039_346_656_037;

    /// <summary>Adds a number, at once and not byte by byte.</summary>
    public void Add(long value) => Hash = unchecked((Hash ^ (ulong)value) * Prime) ^ (Hash >> 47);

    public void Add(HistoryEvent happened)
    {
        Add(happened.Time);
        Add(happened.Client);
        Add((long)happened.Operation);
        Add((long)happened.Outcome);
        Add(happened.Destination);
        Add(happened.Subscription);
        Add(happened.Message);
        Add(happened.Batch);
        Add(happened.Epoch);
        Add(happened.Token);
        Add(happened.Sequence);
        Add(happened.Attempt);
        Add(happened.Failures);
        Add(happened.Due);
        Add(happened.Note);
    }

    private void Add(string text)
    {
        foreach (char letter in text)
        {
            Add(letter);
        }

        Add(-1);
    }
}
