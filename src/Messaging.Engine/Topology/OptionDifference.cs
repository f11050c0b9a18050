using System.Globalization;
using Messaging.Diagnostics;

namespace Messaging.Topology;

/// <summary>The words for options that differ from those in force: each one's name, its present value and the value given.</summary>
/// <remarks>Describes policies of the user's: never under a lock. It compares their texts and does not ask again whether they are equal.</remarks>
internal static class OptionDifference
{
    /// <summary>Names the options that differ.</summary>
    /// <param name="wanted">The options of the call.</param>
    /// <param name="inUse">The options in force, of the same type.</param>
    public static string Of(object wanted, object inUse)
    {
        string[] differences = [.. OptionsOf(inUse).Zip(OptionsOf(wanted))
            .Where(pair => pair.First.Text != pair.Second.Text)
            .Select(pair => $"{pair.First.Name} is {pair.First.Text}, not {pair.Second.Text}")];

        // Two objects of the user's can differ and describe themselves alike.
        return differences.Length > 0 ? string.Join("; ", differences) : SafeText.Of(inUse);
    }

    private static IEnumerable<(string Name, string Text)> OptionsOf(object options) => options switch
    {
        QueueOptions queue =>
        [
            .. OptionsOf(queue), (nameof(queue.Capacity), Text(queue.Capacity)), (nameof(queue.FullMode), Text(queue.FullMode)),
            (nameof(queue.Durability), Text(queue.Durability)), (nameof(queue.Serialize), Text(queue.Serialize)),
        ],
        TopicOptions topic =>
        [
            (nameof(topic.Capacity), Text(topic.Capacity)), (nameof(topic.FullMode), Text(topic.FullMode)),
            (nameof(topic.Durability), Text(topic.Durability)), (nameof(topic.Serialize), Text(topic.Serialize)),
        ],
        SubscriptionOptions subscription => OptionsOf(subscription),
        _ => [],
    };

    private static IEnumerable<(string Name, string Text)> OptionsOf(SubscriptionOptions options) =>
    [
        (nameof(options.Retry), Text(options.Retry)), (nameof(options.DeadLetter), Text(options.DeadLetter)),
        (nameof(options.DeadLetterCapacity), Text(options.DeadLetterCapacity)), (nameof(options.Backlog), Text(options.Backlog)),
        (nameof(options.MaxOutOfOrder), Text(options.MaxOutOfOrder)),
    ];

    private static string Text(object? value) => value switch
    {
        null => "not given",
        long number => number.ToString("N0", CultureInfo.InvariantCulture),
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => SafeText.Of(value),
    };
}
