namespace Messaging.Leases;

/// <summary>What is done with a lease that is shown.</summary>
internal delegate void LeaseAction<in TState>(TState state, in Lease lease);
