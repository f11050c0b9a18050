using System.Globalization;
using System.Text;

namespace Messaging.Testing.Observing;

/// <summary>All that was observed, and who the engine and the fronts tell.</summary>
internal sealed class ObservationRecorder(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<Observation> _seen = [];
    private readonly Dictionary<(string Subscription, DeliveryToken Token), Observation> _open = [];
    private readonly Dictionary<(string Subscription, string Destination, long Sequence), MessageId> _ids = [];
    private readonly Dictionary<(string Destination, long Sequence), MessageId> _sent = [];

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Gets all that was seen up to this moment.</summary>
    public Observation[] All()
    {
        lock (_gate)
        {
            return [.. _seen];
        }
    }

    /// <summary>Gets the deliveries of a message that have not ended.</summary>
    public List<Observation> FindOpen(MessageId id) => FindOpen().FindAll(delivered => delivered.MessageId == id);

    /// <summary>Gets the deliveries that have not ended.</summary>
    public List<Observation> FindOpen()
    {
        lock (_gate)
        {
            return [.. _open.Values];
        }
    }

    /// <summary>Gets a value indicating whether a delivery has not ended.</summary>
    public bool IsOpen(string subscription, DeliveryToken token)
    {
        lock (_gate)
        {
            return _open.ContainsKey((subscription, token));
        }
    }

    /// <summary>Tells what happened to a message, a line each.</summary>
    public string Tell(MessageId id) => Tell(id, All());

    /// <summary>Tells what happened to the message that was seen last, a line each.</summary>
    public string TellLast() => All().LastOrDefault(static seen => seen.MessageId != default) is { } last ? Tell(last.MessageId) : "";

    /// <summary>Tells what happened to a message as of the moment of a list, a line each.</summary>
    public static string Tell(MessageId id, IEnumerable<Observation> all)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Message {id}:");
        foreach (Observation seen in all.Where(
            seen => seen.MessageId == id || seen.Kind is ObservationKind.Crashed or ObservationKind.Opened))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {seen}");
        }

        return text.ToString();
    }

    public void Add(Observation seen)
    {
        lock (_gate)
        {
            _seen.Add(seen);
            if (seen is { Kind: ObservationKind.Sent, Sequence: > 0 })
            {
                _sent[(seen.Destination, seen.Sequence)] = seen.MessageId;
            }
        }
    }

    /// <summary>Begins an observation with the time it is.</summary>
    public Observation New(ObservationKind kind) => new()
    {
        Kind = kind,
        Time = time.GetUtcNow(),
        Elapsed = time.GetElapsedTime(_start),
    };

    public void AddDelivery(Observation delivered)
    {
        lock (_gate)
        {
            _seen.Add(delivered);
            _open[(delivered.Subscription, delivered.Token)] = delivered;
            _ids[(delivered.Subscription, delivered.Destination, delivered.Sequence)] = delivered.MessageId;
        }
    }

    public void AddEnd(string subscription, DeliveryToken token, ObservationKind kind, long due, string? reason)
    {
        Observation now = New(kind);
        lock (_gate)
        {
            if (_open.Remove((subscription, token), out Observation? delivered))
            {
                now = now with
                {
                    MessageId = delivered.MessageId,
                    Destination = delivered.Destination,
                    Sequence = delivered.Sequence,
                    Attempt = delivered.Attempt,
                    Failures = delivered.Failures,
                };
            }

            _seen.Add(now with
            {
                Subscription = subscription,
                Token = token,
                Due = due == 0 ? null : new DateTimeOffset(due, TimeSpan.Zero),
                Reason = reason,
            });
        }
    }

    public void AddRemoval(ObservationKind kind, string subscription, string destination, long sequence, string? reason)
    {
        Observation now = New(kind);
        lock (_gate)
        {
            _seen.Add(now with
            {
                // One that was never delivered is known by its sending.
                MessageId = _ids.TryGetValue((subscription, destination, sequence), out MessageId delivered)
                    ? delivered
                    : _sent.GetValueOrDefault((destination, sequence)),
                Subscription = subscription,
                Destination = destination,
                Sequence = sequence,
                Reason = reason,
            });
        }
    }
}
