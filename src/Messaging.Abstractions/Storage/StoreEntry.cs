namespace Messaging.Storage;

/// <summary>A log or a subscription, by number.</summary>
/// <param name="Id">The number, from 1, never given twice while the entry exists.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; the owner's for a log that belongs to a subscription.</param>
/// <param name="Pattern">A subscription's pattern of topics; empty for others.</param>
/// <param name="Owner">The subscription or queue that a log belongs to; 0 for others.</param>
public sealed record StoreEntry(int Id, StoreEntryKind Kind, string Name, string Pattern = "", int Owner = 0);
