namespace Messaging.Bounds;

/// <summary>The room that one settled message leaves in its subscription's backlog, noted under the subscription's lock and given back without it.</summary>
/// <param name="Backlog">The backlog; <see langword="null"/> for one without a limit.</param>
/// <param name="Bytes">The message's size.</param>
internal readonly record struct BacklogExit(Backlog? Backlog, long Bytes)
{
    public void Leave() => Backlog?.Leave(1, Bytes);
}
