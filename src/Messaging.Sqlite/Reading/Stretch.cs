namespace Messaging.Sqlite.Reading;

/// <summary>A stretch of batches in which records of one log lie.</summary>
/// <param name="From">The first batch.</param>
/// <param name="To">The last batch.</param>
/// <param name="Last">The last record that can be there; <see cref="long.MaxValue"/> for the rest of the log.</param>
internal readonly record struct Stretch(long From, long To, long Last)
{
    /// <summary>Gets all batches from one on.</summary>
    public static Stretch Behind(long from) => new(from, long.MaxValue, long.MaxValue);
}
