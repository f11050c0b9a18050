namespace Quickstart;

/// <summary>The longest line, and of lines of equal length the first: the same in whatever order the lines come.</summary>
internal sealed class LongestLine
{
    public Line? Line { get; private set; }

    public void Add(Line line)
    {
        if (Line is null || IsBefore(line, Line))
        {
            Line = line;
        }
    }

    private static bool IsBefore(Line line, Line other)
    {
        int byLength = other.Text.Length.CompareTo(line.Text.Length);
        int byFile = byLength != 0 ? byLength : string.CompareOrdinal(line.File, other.File);
        return (byFile != 0 ? byFile : line.Number.CompareTo(other.Number)) < 0;
    }
}
