using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>One page: its path from the root, with slashes, and its text.</summary>
internal sealed partial record MarkdownPage(string Path, string Text)
{
    public string Name => Path.Split('/')[^1];

    /// <summary>Gets the number of words as <c>wc -w</c> counts them, programs and tables included.</summary>
    public int Words => Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>Gets where the page's links and pictures lead to, without what follows a number sign.</summary>
    public string[] Links =>
        [.. Link().Matches(Block().Replace(Text, "")).Select(match => match.Groups[1].Value.Split('#')[0]).Where(target => target.Length > 0)];

    public string[] Blocks(string language) =>
        [.. Block().Matches(Text).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value.TrimEnd())];

    /// <summary>Finds the path from the root of what a link of this page leads to.</summary>
    public string Target(string link)
    {
        string folder = System.IO.Path.GetDirectoryName(Path) ?? "";
        return System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, folder, link)));
    }

    public override string ToString() => Path;

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
