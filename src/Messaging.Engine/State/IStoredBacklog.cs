using Messaging.Cursors;
using Messaging.Dispatch;

namespace Messaging.State;

/// <summary>What reads messages that are in the store only. It is asked with the subscription's guard, and reads without.</summary>
internal interface IStoredBacklog
{
    /// <summary>Has records read ahead, unless that is under way already.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="sequence">The first number that is wanted.</param>
    void ReadAhead(LogCursor cursor, long sequence);

    /// <summary>Has the bytes of one message read, which then goes back to the consumers.</summary>
    void Fetch(in Buffered item);
}
