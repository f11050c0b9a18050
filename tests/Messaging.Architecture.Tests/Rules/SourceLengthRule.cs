using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>In src a file is never over 300 lines, and nine of ten files of a project have at most 150.</summary>
internal static class SourceLengthRule
{
    public const int MaxLines = 300;
    public const int MostHaveLines = 150;

    private const string Rule = "length";

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        foreach (SourceFile file in files.Where(file => Lines(file) > MaxLines))
        {
            yield return file.At(MaxLines + 1, Rule, $"the file has {Lines(file)} lines, {MaxLines} at most");
        }

        foreach (IGrouping<string, SourceFile> project in files.GroupBy(file => file.Project))
        {
            SourceFile[] byLength = [.. project.OrderBy(Lines)];
            int longOnes = byLength.Count(file => Lines(file) > MostHaveLines);
            if (Lines(byLength[9 * byLength.Length / 10]) > MostHaveLines)
            {
                yield return byLength[^1].At(
                    1, Rule, $"{longOnes} of {byLength.Length} files of {project.Key} have over {MostHaveLines} lines, one of ten at most; this is the longest");
            }
        }
    }

    private static int Lines(SourceFile file) => file.Text.AsSpan().TrimEnd().Count('\n') + 1;
}
