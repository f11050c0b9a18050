using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>One page: its path from the root, with slashes, and its text.</summary>
internal sealed partial record MarkdownPage(string Path, string Text)
{
    public string Name => Path.Split('/')[^1];

    /// <summary>Gets the number of words as <c>wc -w</c> counts them, programs and tables included.</summary>
    public int Words => Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>Gets where the page's links and pictures lead to.</summary>
    public string[] Links => [.. Link().Matches(Block().Replace(Text, "")).Select(match => match.Groups[1].Value)];

    /// <summary>Gets the names by which links lead to the page's headings: <c>#like-this</c>.</summary>
    public string[] Anchors =>
        [.. Heading().Matches(Block().Replace(Text, "")).Select(match => NoAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    public string[] Blocks(string language) =>
        [.. Block().Matches(Text).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value.TrimEnd())];

    /// <summary>Finds whether a link of this page leads to a file, a folder or a heading that is there.</summary>
    public bool Leads(string link)
    {
        string[] parts = link.Split('#');
        string target = parts[0].Length == 0 ? Path : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, parts[0]);
        return Repository.Exists(target) && (parts.Length == 1 || Repository.Page(target).Anchors.Contains(parts[1]));
    }

    public override string ToString() => Path;

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^#+ +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
