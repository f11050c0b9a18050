using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I8, accounting: what a subscription has accepted is the sum of what became of it, and the broker's counts agree with a recount.</summary>
/// <remarks>
/// <para>It needs a <see cref="HistoryOperation.Count"/> whose note names numbers. Where <c>accepted</c> is among them, the
/// <see cref="Fates"/> add up to it; where <c>acked</c> is, it is not below the acks that were confirmed since the opening. A name with
/// <c>store.</c> before it is the same number counted in the store. No number is negative.</para>
/// <para>It cannot see errors that cancel each other out, and needs the counts taken while nothing moves.</para>
/// </remarks>
public sealed class Accounting : IChecker
{
    private const string Accepted = "accepted";
    private const string Recount = "store.";

    /// <summary>Gets the names of what can become of a message.</summary>
    public static IReadOnlyList<string> Fates { get; } =
        ["acked", "ready", "leased", "scheduled", "waiting", "dead", "expired", "purged", "dropped", "cancelled", "missed"];

    /// <inheritdoc/>
    public string Id => "I8";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var acked = new Dictionary<string, long>();
        foreach (HistoryEvent happened in history.Events)
        {
            switch (happened.Operation)
            {
                case HistoryOperation.Open:
                    acked.Clear();
                    break;
                case HistoryOperation.Unsubscribe when happened.Outcome == HistoryOutcome.Ok:
                    // Another subscription of that name begins to count anew.
                    acked.Remove(happened.Subscription);
                    break;
                case HistoryOperation.Ack when happened.Outcome == HistoryOutcome.Ok:
                    acked[happened.Subscription] = acked.GetValueOrDefault(happened.Subscription) + 1;
                    break;
                case HistoryOperation.Count:
                    foreach (string why in Contradictions(NoteNumbers.Of(happened), acked.GetValueOrDefault(happened.Subscription)))
                    {
                        yield return new Violation(Id, happened.Subscription, why, happened);
                    }

                    break;
            }
        }
    }

    private static IEnumerable<string> Contradictions(Dictionary<string, long> numbers, long acksSeen)
    {
        if (numbers.TryGetValue(Accepted, out long accepted))
        {
            long sum = Fates.Sum(name => numbers.GetValueOrDefault(name));
            if (sum != accepted)
            {
                yield return $"{accepted} messages were accepted, and {sum} are accounted for";
            }
        }

        if (numbers.TryGetValue("acked", out long acked) && acked < acksSeen)
        {
            yield return $"{acksSeen} acks were confirmed since the opening, and {acked} are counted";
        }

        foreach ((string name, long value) in numbers)
        {
            if (name.StartsWith(Recount, StringComparison.Ordinal) && numbers.TryGetValue(name[Recount.Length..], out long stated) && stated != value)
            {
                yield return $"{name[Recount.Length..]} is stated as {stated} and recounted as {value}";
            }

            if (value < 0)
            {
                yield return $"{name} is {value}";
            }
        }
    }
}
