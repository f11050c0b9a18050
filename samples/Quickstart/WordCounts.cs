namespace Quickstart;

/// <summary>How often each word occurs; a word is two or more letters in a row, in lower case.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public int Count => _counts.Count;

    public void Add(Line line)
    {
        string text = line.Text;
        for (int start = 0; start < text.Length; start++)
        {
            int end = start;
            while (end < text.Length && char.IsLetter(text[end]))
            {
                end++;
            }

            if (end - start >= 2)
            {
                string word = text[start..end].ToLowerInvariant();
                _counts[word] = _counts.GetValueOrDefault(word) + 1;
            }

            start = end;
        }
    }

    public IEnumerable<KeyValuePair<string, long>> Top(int count) =>
        _counts.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Take(count);

    public bool IsEqualTo(WordCounts other) =>
        Count == other.Count && _counts.All(word => other._counts.GetValueOrDefault(word.Key) == word.Value);
}
