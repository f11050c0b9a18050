namespace Messaging.Testing.Stores;

/// <summary>Where a simulated store is in its life.</summary>
internal enum StorePhase
{
    New,
    Open,

    /// <summary>Its process is dead, so to speak, or the disk was taken away from it.</summary>
    CutOff,
    Disposed,
}
