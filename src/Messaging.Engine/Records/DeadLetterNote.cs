namespace Messaging.Records;

/// <summary>The story of a dead letter, kept with its record.</summary>
internal sealed record DeadLetterNote(
    DeadLetterReason Reason,
    string Description,
    string Destination,
    long OriginalSequence,
    int Attempts,
    int Failures,
    long DeadLetteredAt);
