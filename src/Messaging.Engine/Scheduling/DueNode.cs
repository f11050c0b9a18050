namespace Messaging.Scheduling;

/// <summary>A slot and its due time.</summary>
/// <param name="due">The due time in UTC ticks.</param>
/// <param name="order">The place in the order of adding, which also tells whether the slot is still the one that was added.</param>
/// <param name="slot">The slot.</param>
internal readonly struct DueNode(long due, uint order, int slot)
{
    public readonly long Due = due;
    public readonly uint Order = order;
    public readonly int Slot = slot;

    /// <summary>Compares by time, then by order, which may have begun again from zero in between.</summary>
    public bool IsBefore(in DueNode other) => Due < other.Due || (Due == other.Due && (int)(Order - other.Order) < 0);
}
