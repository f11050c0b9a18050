namespace Messaging.Leases;

/// <summary>What has become of the message in a lease's slot.</summary>
internal enum LeaseState
{
    /// <summary>Its number is in the buffer, or on its way from there to a consumer; or the slot is free.</summary>
    Offered,

    /// <summary>A consumer has it, and the lease is not linked yet.</summary>
    Leased,

    /// <summary>Its consumer has acknowledged it, and the cursor does not know yet.</summary>
    Acked,

    /// <summary>A consumer has it, and the lease is among those in the order of their deadlines.</summary>
    Linked,
}
