using System.Globalization;
using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>The expectations of cases. Each throws with what was expected and found; the subject stands in a sentence.</summary>
internal static class Expect
{
    private const int MostShown = 20;

    public static void That(bool isMet, string subject, string expected, string actual)
    {
        if (!isMet)
        {
            throw new ExpectationException(subject, expected, actual);
        }
    }

    public static void Equal<T>(T expected, T actual, string subject) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), subject, $"{expected}", $"{actual}");

    /// <summary>Expects the same items in the same order.</summary>
    public static void SameSequence<T>(IEnumerable<T> expected, IEnumerable<T> actual, string subject)
    {
        T[] wanted = [.. expected];
        T[] found = [.. actual];
        if (!wanted.AsSpan().SequenceEqual(found))
        {
            int at = wanted.AsSpan().CommonPrefixLength(found);
            throw new ExpectationException(subject, Show(wanted), $"{Show(found)}: they differ from the place {at} on");
        }
    }

    /// <summary>Expects the same items in any order.</summary>
    public static void SameItems<T>(IEnumerable<T> expected, IEnumerable<T> actual, string subject)
        where T : notnull
    {
        T[] wanted = [.. expected];
        T[] found = [.. actual];
        var count = new Dictionary<T, int>();
        foreach (T item in wanted)
        {
            count[item] = count.GetValueOrDefault(item) + 1;
        }

        foreach (T item in found)
        {
            count[item] = count.GetValueOrDefault(item) - 1;
        }

        T[] missing = [.. count.Where(item => item.Value > 0).Select(item => item.Key)];
        T[] extra = [.. count.Where(item => item.Value < 0).Select(item => item.Key)];
        That(
            missing.Length + extra.Length == 0,
            subject,
            $"{Show(wanted)}, in any order",
            $"{Show(found)}: missing {(missing.Length == 1 ? "is" : "are")} {Show(missing)}, and too many {Show(extra)}");
    }

    public static void Empty<T>(IEnumerable<T> actual, string subject)
    {
        T[] found = [.. actual];
        That(found.Length == 0, subject, "empty", Show(found));
    }

    public static void Ascending(IEnumerable<long> actual, string subject)
    {
        long[] found = [.. actual];
        long[] sorted = [.. found.Order()];
        That(found.AsSpan().SequenceEqual(sorted), subject, "ascending", Show(found));
    }

    /// <summary>Expects that records have the bytes that <see cref="Given.Payload"/> gives them.</summary>
    public static void OwnBytes(int log, int bytes, IEnumerable<StoreRecord> records)
    {
        foreach (StoreRecord record in records)
        {
            That(
                Given.IsOf(log, record, bytes),
                $"record {record.Sequence} of log {log}",
                $"the {bytes} bytes that were appended",
                $"{record.Payload.Length} others");
        }
    }

    public static async Task ThrowsAsync<TException>(Func<Task> act, string subject)
        where TException : Exception
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (TException)
        {
            return;
        }
        catch (Exception e)
        {
            throw new ExpectationException(subject, $"refused with {typeof(TException).Name}", $"{e.GetType().Name}: {e.Message}");
        }

        throw new ExpectationException(subject, $"refused with {typeof(TException).Name}", "that it was done");
    }

    private static string Show<T>(T[] items)
    {
        if (items is long[] { Length: > 2 } numbers)
        {
            return Show(numbers);
        }

        string shown = string.Join(", ", items.Take(MostShown));
        return items.Length == 0 ? "none" : items.Length > MostShown ? $"{shown} and {items.Length - MostShown} more" : shown;
    }

    // Runs of numbers are shown as ranges.
    private static string Show(long[] numbers)
    {
        var ranges = new List<string>();
        for (int start = 0, next = 1; start < numbers.Length; start = next++)
        {
            while (next < numbers.Length && numbers[next] == numbers[next - 1] + 1)
            {
                next++;
            }

            string first = numbers[start].ToString(CultureInfo.InvariantCulture);
            ranges.Add(next - start == 1 ? first : $"{first} to {numbers[next - 1].ToString(CultureInfo.InvariantCulture)}");
        }

        return Show(ranges.ToArray());
    }
}
