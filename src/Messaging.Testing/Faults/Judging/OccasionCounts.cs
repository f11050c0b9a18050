namespace Messaging.Testing.Faults.Judging;

/// <summary>How often each kind of occasion has come, by which traces number them.</summary>
internal sealed class OccasionCounts
{
    private readonly Dictionary<(FaultSite Site, StoreOperation Operation, string? Point), long> _seen = [];

    public void Add(in FaultOccasion occasion) => _seen[KindOf(occasion)] = _seen.GetValueOrDefault(KindOf(occasion)) + 1;

    /// <summary>Names the latest occasion of its kind.</summary>
    public string Name(in FaultOccasion occasion) => FaultSubject.Tell(occasion, _seen[KindOf(occasion)]);

    private static (FaultSite Site, StoreOperation Operation, string? Point) KindOf(in FaultOccasion occasion) =>
        (occasion.Site, occasion.Operation, occasion.Site == FaultSite.Point ? occasion.Name : null);
}
