using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Messaging.Testing.Observing;

namespace Messaging.Testing;

/// <summary>The observations of some kinds, in the order of their happening, and what a test may expect of them.</summary>
/// <remarks>It is a view: what is seen later is in it later. Expectations throw <see cref="ObservationException"/>, so they work in every test
/// framework.</remarks>
public sealed class ObservationLog : IReadOnlyList<Observation>
{
    private const int MostHistories = 5;

    private readonly ObservationRecorder _recorder;
    private readonly Func<Observation, bool> _filter;
    private readonly string _description;
    private readonly MessageId _message;

    internal ObservationLog(ObservationRecorder recorder, Func<Observation, bool> filter, string description, MessageId message = default)
    {
        _recorder = recorder;
        _filter = filter;
        _description = description;
        _message = message;
    }

    /// <summary>Gets how many there are.</summary>
    public int Count => ToList().Count;

    /// <summary>Gets one of them.</summary>
    /// <param name="index">Its place, from 0.</param>
    public Observation this[int index] => ToList()[index];

    /// <summary>Gets those about one message.</summary>
    /// <param name="messageId">Its id.</param>
    public ObservationLog Of(MessageId messageId) => With(seen => seen.MessageId == messageId, $"of message {messageId}", messageId);

    /// <summary>Gets those about one message.</summary>
    /// <param name="receipt">The receipt of its send.</param>
    public ObservationLog Of(Receipt receipt) => Of(receipt.MessageId);

    /// <summary>Gets those of one queue, topic or subscription.</summary>
    /// <param name="name">Its name.</param>
    public ObservationLog On(string name) => With(seen => seen.Destination == name || seen.Subscription == name, $"on '{name}'");

    /// <summary>Gets those for which a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="words">What it says; the compiler gives it.</param>
    public ObservationLog Where(Func<Observation, bool> condition, [CallerArgumentExpression(nameof(condition))] string words = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        return With(condition, $"where {words}");
    }

    /// <summary>Expects exactly one, and gets it.</summary>
    /// <exception cref="ObservationException">There is none, or more than one.</exception>
    public Observation Single() => Expect(1)[0];

    /// <summary>Expects none.</summary>
    /// <exception cref="ObservationException">There is one.</exception>
    public void None() => Exactly(0);

    /// <summary>Expects a number of them.</summary>
    /// <param name="count">The number.</param>
    /// <exception cref="ObservationException">There are more or fewer.</exception>
    public ObservationLog Exactly(int count)
    {
        Expect(count);
        return this;
    }

    /// <summary>Expects as many as there are times, each at exactly its time.</summary>
    /// <param name="elapsed">The times since the start of the test broker, in order.</param>
    /// <exception cref="ObservationException">There are more or fewer, or one happened at another time.</exception>
    public ObservationLog At(params ReadOnlySpan<TimeSpan> elapsed)
    {
        Observation[] all = _recorder.All();
        List<Observation> found = [.. all.Where(_filter)];
        bool holds = found.Count == elapsed.Length;
        for (int i = 0; holds && i < found.Count; i++)
        {
            holds = found[i].Elapsed == elapsed[i];
        }

        if (!holds)
        {
            string times = string.Join(", ", elapsed.ToArray().Select(time => $"+{time:c}"));
            throw Failure($"{elapsed.Length:N0} {_description} at {times}", found, all);
        }

        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<Observation> GetEnumerator() => ToList().GetEnumerator();

    /// <summary>Says them, a line each.</summary>
    public override string ToString() => string.Join(Environment.NewLine, ToList());

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ObservationLog With(Func<Observation, bool> condition, string words, MessageId message = default) =>
        new(_recorder, seen => _filter(seen) && condition(seen), $"{_description} {words}", message == default ? _message : message);

    private List<Observation> ToList() => [.. _recorder.All().Where(_filter)];

    private List<Observation> Expect(int count)
    {
        Observation[] all = _recorder.All();
        List<Observation> found = [.. all.Where(_filter)];
        return found.Count == count ? found : throw Failure($"{count:N0} {_description}", found, all);
    }

    /// <summary>Says what was found, and the histories of the messages as they were at the same moment.</summary>
    private ObservationException Failure(string expected, List<Observation> found, Observation[] all)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Expected {expected}, but there {(found.Count == 1 ? "is" : "are")} {(found.Count == 0 ? "none" : $"{found.Count:N0}")}.");
        MessageId[] messages = [.. found.Select(seen => seen.MessageId).Where(id => id != default).Distinct()];
        if (messages.Length == 0 && _message != default)
        {
            messages = [_message];
        }

        if (messages.Length == 0)
        {
            // What was expected did not happen: what happened instead may say why.
            messages = [.. all.Select(seen => seen.MessageId).Where(id => id != default).Distinct()];
        }

        foreach (MessageId id in messages.Take(MostHistories))
        {
            text.Append(ObservationRecorder.Tell(id, all));
        }

        if (messages.Length > MostHistories)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"… and {messages.Length - MostHistories:N0} messages more.");
        }

        return new ObservationException(text.ToString().TrimEnd());
    }
}
