using Messaging.Diagnostics;

namespace Messaging.Calls;

/// <summary>What the sender of messages is told when their commit failed and may have been made all the same.</summary>
internal static class UnknownOutcome
{
    public static StoreOutcomeUnknownException Of(Exception cause, IReadOnlyList<MessageId> ids) =>
        new($"{SafeText.MessageOf(cause)} Open the broker again and repeat the send with {Name(ids)}: what was stored is not added again.", cause)
        {
            MessageIds = ids,
        };

    private static string Name(IReadOnlyList<MessageId> ids) =>
        ids.Count == 1 ? $"the id {ids[0]}" : $"the {ids.Count:N0} ids that this exception names";
}
