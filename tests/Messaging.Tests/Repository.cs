using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>The tree that these tests are built from: its pages, its projects and the programs that its pages show.</summary>
internal static partial class Repository
{
    private static readonly string[] _outputFolders = ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    /// <summary>Gets the pages of the guide.</summary>
    public static MarkdownPage[] Guide => PagesIn("src/Messaging/docs");

    /// <summary>Gets the page that each package shows in a package manager.</summary>
    public static MarkdownPage[] PackageReadmes =>
        [.. Directory.EnumerateDirectories(PathOf("src")).Select(folder => Page(Relative(Path.Combine(folder, "README.md"))))];

    /// <summary>Gets all pages for users and contributors.</summary>
    public static MarkdownPage[] AllPages =>
    [
        Page("README.md"), Page("samples/README.md"), Page("tests/README.md"), Page("benchmarks/README.md"),
        .. PagesIn("src"), .. Guide, .. PackageReadmes, .. PagesIn(".github"),
    ];

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static bool Exists(string relative) => Path.Exists(PathOf(relative));

    public static MarkdownPage Page(string path) => new(path, File.ReadAllText(PathOf(path)));

    public static MarkdownPage[] PagesIn(string folder) =>
        [.. Directory.EnumerateFiles(PathOf(folder), "*.md").Order(StringComparer.Ordinal).Select(file => Page(Relative(file)))];

    /// <summary>Lists files below folders, those that a build makes left out.</summary>
    public static string[] Files(string pattern, params string[] folders) =>
        [.. folders.SelectMany(folder => Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories))
            .Select(Relative)
            .Where(path => !path.Split('/').Intersect(_outputFolders).Any())];

    /// <summary>Reads the programs that pages show: the regions of samples/ReadmePrograms, and samples that are one file.</summary>
    public static Dictionary<string, string> Programs()
    {
        var programs = new Dictionary<string, string> { ["samples/FirstQueue"] = File.ReadAllText(PathOf("samples/FirstQueue/Program.cs")).TrimEnd() };
        foreach (string file in Files("*.cs", "samples/ReadmePrograms"))
        {
            foreach (Match match in Region().Matches(File.ReadAllText(PathOf(file))))
            {
                programs.Add(match.Groups[1].Value, Unindent(match.Groups[2].Value));
            }
        }

        return programs;
    }

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : string.Empty));
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Messaging.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    [GeneratedRegex(@"^ *// page: ([^\n]+)\n(.*?)^ *// end$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
