namespace Messaging.Cursors;

/// <summary>A walk through the ranges of a set, without allocating.</summary>
internal struct RangeEnumerator(List<List<(long First, long Last)>> chunks, int chunk = 0, int index = -1)
{
    private int _chunk = chunk;
    private int _index = index;

    public readonly (long First, long Last) Current => chunks[_chunk][_index];

    public bool MoveNext()
    {
        if (_chunk < chunks.Count && ++_index == chunks[_chunk].Count)
        {
            _chunk++;
            _index = 0;
        }

        return _chunk < chunks.Count;
    }
}
