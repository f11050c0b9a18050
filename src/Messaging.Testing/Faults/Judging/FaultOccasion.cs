using System.Collections.Immutable;
using Messaging.Storage;

namespace Messaging.Testing.Faults.Judging;

/// <summary>Something that happens now and that a fault could strike.</summary>
/// <param name="Site">Where.</param>
/// <param name="Operation">The store's call; only at <see cref="FaultSite.Store"/>.</param>
/// <param name="Name">The point's or the subscription's name.</param>
/// <param name="Log">The log that is read; 0 for none.</param>
/// <param name="Commit">The commit, if it is one.</param>
/// <param name="Entries">The logs and subscriptions that the store knows, by number.</param>
internal readonly record struct FaultOccasion(
    FaultSite Site,
    StoreOperation Operation = default,
    string? Name = null,
    int Log = 0,
    StoreCommit? Commit = null,
    ImmutableDictionary<int, StoreEntry>? Entries = null)
{
    /// <summary>Gets what kind it is of; traces number the occasions of a kind.</summary>
    public (FaultSite Site, StoreOperation Operation, string? Point) Kind => (Site, Operation, Site == FaultSite.Point ? Name : null);
}
