namespace Messaging.Sqlite.Segments;

/// <summary>Where records of one log are: a closed segment, and which ones.</summary>
/// <param name="First">The first record's sequence number, as of the last writing.</param>
/// <param name="Last">The last sequence number that can be there; the log's next place begins behind it.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Records">How many records were live at the last writing.</param>
/// <param name="Bytes">How much they took.</param>
internal readonly record struct Place(long First, long Last, long Segment, long Records, long Bytes);
