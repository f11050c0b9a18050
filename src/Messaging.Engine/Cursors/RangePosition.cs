namespace Messaging.Cursors;

/// <summary>Where a range lies in <see cref="RangeChunks"/>.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Index">The range's index in it.</param>
internal readonly record struct RangePosition(int Chunk, int Index);
