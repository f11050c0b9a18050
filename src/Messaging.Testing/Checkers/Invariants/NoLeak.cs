using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I13, no leak: at rest nothing is held: no leases, timers, acked ranges, and nothing that grows.</summary>
/// <remarks>
/// <para>It needs a <see cref="HistoryOperation.Rest"/> whose note names what is <see cref="Held"/>. A name with <c>base.</c> before it is
/// what was held at the beginning, where that is not zero.</para>
/// <para>It cannot see what the note does not name: that counts as zero.</para>
/// </remarks>
public sealed class NoLeak : IChecker
{
    private const string Base = "base.";

    /// <summary>Gets the names of what must be zero at rest, or what it was at the beginning.</summary>
    public static IReadOnlyList<string> Held { get; } = ["leases", "timers", "ranges", "handles", "threads", "wal"];

    /// <inheritdoc/>
    public string Id => "I13";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        foreach (HistoryEvent rest in history.Of(HistoryOperation.Rest))
        {
            Dictionary<string, long> numbers = NoteNumbers.Of(rest);
            foreach (string name in Held)
            {
                long most = numbers.GetValueOrDefault(Base + name);
                if (numbers.GetValueOrDefault(name) is var held && held > most)
                {
                    yield return new Violation(Id, rest.Subscription, $"at rest, {held} {name} are held, and {most} are expected at most", rest);
                }
            }
        }
    }
}
