namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>A change of the folder that no sync has brought to the disk yet: which names lead to which files, or to none, from then on.</summary>
internal sealed record NameChange(int At, params IReadOnlyList<(string Name, DiskFile? File)> Names);
