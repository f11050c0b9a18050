namespace Messaging.Bounds;

/// <summary>What makes room for a sender who finds a gate full. It comes with the sender.</summary>
internal interface IRoomMaker
{
    /// <summary>Has what is acknowledged settled now: that is done many at a time, or when somebody asks.</summary>
    void FindRoom();

    /// <summary>Has it settled soon, for a sender who waits.</summary>
    void FindRoomSoon();

    /// <summary>Drops the oldest message.</summary>
    /// <returns>Whether one could be dropped.</returns>
    bool TryDropOldest();
}
