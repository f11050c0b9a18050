using System.Globalization;
using System.Text;
using Messaging.Diagnostics;

namespace Messaging.Testing;

/// <summary>One thing that a test broker saw, and the virtual time at which it happened.</summary>
public sealed record Observation
{
    /// <summary>Gets what happened.</summary>
    public required ObservationKind Kind { get; init; }

    /// <summary>Gets when it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets how long after the start of the test broker it happened.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the message's id; the default where it is not about one message, or its id is not known.</summary>
    public MessageId MessageId { get; init; }

    /// <summary>Gets the queue or topic that the message was sent to; empty where it is not about one.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Gets the queue or subscription that deals with the message; empty where none does.</summary>
    public string Subscription { get; init; } = "";

    /// <summary>Gets the message's number in its queue or topic, from 1; 0 where it has none.</summary>
    public long Sequence { get; init; }

    /// <summary>Gets the delivery's token; the default where it is not about a delivery.</summary>
    public DeliveryToken Token { get; init; }

    /// <summary>Gets the ordinal of the delivery, from 1; 0 where it is not about one.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets how many failures had been counted before the delivery.</summary>
    public int Failures { get; init; }

    /// <summary>Gets when the message is delivered, or delivered again, at the earliest; <see langword="null"/> for at once, or not at all.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Gets the body that was sent or delivered; <see langword="null"/> elsewhere.</summary>
    public object? Body { get; init; }

    /// <summary>Gets why it happened: an exception, a reason that was given, a rule; <see langword="null"/> where there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>Says it in a line: the time since the start, what happened, and where.</summary>
    public override string ToString()
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"+{Elapsed:c} {Words(Kind)}");
        if (Subscription.Length > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" on '{Subscription}'");
        }
        else if (Destination.Length > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" to '{Destination}'");
        }

        if (Attempt > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", attempt {Attempt}");
        }

        if (Due is { } due)
        {
            line.Append(CultureInfo.InvariantCulture, $", due +{Elapsed + (due - Time):c}");
        }

        if (Body is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $": {SafeText.Of(Body)}");
        }

        // The first line of an exception says which one it was.
        return Reason is null ? line.ToString() : $"{line} ({Reason.Split('\n')[0].TrimEnd()})";
    }

    /// <summary>Gets the words for a kind, as in "dead-lettered".</summary>
    internal static string Words(ObservationKind kind) => kind switch
    {
        ObservationKind.SendFailed => "send failed",
        ObservationKind.LeaseLost => "lease lost",
        ObservationKind.DeadLettered => "dead-lettered",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
