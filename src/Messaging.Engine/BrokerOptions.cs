using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging;

/// <summary>The options of a broker.</summary>
public sealed record BrokerOptions
{
    /// <summary>Gets the source of all time.</summary>
    /// <value>The default value is <see cref="System.TimeProvider.System"/>.</value>
    /// <remarks>
    /// <para>A provider of your own may be called on any thread, and <see cref="System.TimeProvider.GetTimestamp"/> also while the broker holds a lock: it must
    /// neither block nor call the broker. A provider that blocks holds the whole broker.</para>
    /// <para>A provider may throw. A call that throws while a broker is being opened makes the opening fail, and the store is closed. Later, the last good
    /// time is used until the provider answers again, a timer that cannot be set is set again at once and then each second, and the log names the provider's type.</para>
    /// </remarks>
    public TimeProvider TimeProvider { get; init => field = value ?? throw new ArgumentNullException(nameof(TimeProvider)); } = TimeProvider.System;

    /// <summary>Gets the translation between bodies and bytes.</summary>
    /// <value>The default value is a <see cref="JsonMessageSerializer"/> over System.Text.Json's defaults.</value>
    public IMessageSerializer Serializer { get; init => field = value ?? throw new ArgumentNullException(nameof(Serializer)); } = new JsonMessageSerializer();

    /// <summary>Gets where the broker logs what an operator should know. Bodies are never logged.</summary>
    /// <remarks>
    /// <para>The broker creates one logger of the category <c>Messaging</c> when it opens; a factory that throws makes the opening fail. It calls the logger
    /// on the thread pool, one call at a time, in the order of the events and a little after each, in an empty execution context and without
    /// scopes. So a logger may take its time, and may call the broker: a sink that sends its lines to a queue may wait for the send.</para>
    /// <para>At most 1,024 lines wait; the broker drops those that come beyond them, and logs their number. A logger that throws loses its line: the broker tries a
    /// line with an exception once more, with the exception's text in its place, and logs the number of lost lines when the logger
    /// works again. A logger that hangs holds nothing but the lines behind it.</para>
    /// <para>The disposal of the broker waits until the lines are written, for at most 1 s by <see cref="TimeProvider"/>.</para>
    /// </remarks>
    /// <value>The default value logs nothing.</value>
    public ILoggerFactory LoggerFactory { get; init => field = value ?? throw new ArgumentNullException(nameof(LoggerFactory)); } = NullLoggerFactory.Instance;

    /// <summary>Gets the greatest size of a serialized body.</summary>
    /// <value>The default value is 1 MiB (1,048,576 bytes). The range is 1 to 268,435,456.</value>
    public int MaxBodyBytes { get; init => field = Range(value, 1, 268_435_456, nameof(MaxBodyBytes)); } = 1_048_576;

    /// <summary>Gets the greatest number of headers of a message.</summary>
    /// <value>The default value is 64. The range is 0 to 1,024.</value>
    public int MaxHeaders { get; init => field = Range(value, 0, 1_024, nameof(MaxHeaders)); } = 64;

    /// <summary>Gets the greatest size of a message's headers, names and values together in UTF-8.</summary>
    /// <value>The default value is 16 KiB (16,384 bytes). The range is 0 to 1,048,576.</value>
    public int MaxHeaderBytes { get; init => field = Range(value, 0, 1_048_576, nameof(MaxHeaderBytes)); } = 16_384;

    /// <summary>Gets the greatest number of scheduled messages; a send beyond it fails with <see cref="QueueFullException"/>.</summary>
    /// <value>The default value is 1,000,000. The range is 0 to 100,000,000.</value>
    public int MaxScheduled { get; init => field = Range(value, 0, 100_000_000, nameof(MaxScheduled)); } = 1_000_000;

    /// <summary>Gets the number of message ids given by senders that are remembered to recognize a repetition; the oldest is forgotten first.</summary>
    /// <value>The default value is 100,000. The range is 0, which turns deduplication off, to 10,000,000.</value>
    public int DeduplicationWindow { get; init => field = Range(value, 0, 10_000_000, nameof(DeduplicationWindow)); } = 100_000;

    /// <summary>Gets a value indicating whether bodies are written as JSON in UTF-8, which cannot hold every text.</summary>
    internal bool WritesJson => Serializer is JsonMessageSerializer;

    /// <summary>Gets where the engine's work runs instead of the thread pool and a thread of its own, in a test.</summary>
    internal WorkQueue? Work { get; init; }

    /// <summary>Gets who is told of each delivery, in a test.</summary>
    internal DeliveryObserver? Observer { get; init; }

    private static int Range(int value, int min, int max, string name) =>
        value >= min && value <= max
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {min:N0} and {max:N0}.");
}
