using System.Globalization;

namespace Messaging.Testing.Following;

/// <summary>What tells a delivery from all others, for messages to a reader.</summary>
internal readonly record struct DeliveryName(string Subscription, MessageId MessageId, int Attempt)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"message {MessageId} of '{Subscription}', attempt {Attempt}");
}
