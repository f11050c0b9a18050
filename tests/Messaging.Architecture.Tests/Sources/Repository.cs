using System.Diagnostics;

namespace Messaging.Architecture.Tests.Sources;

/// <summary>The tree that these tests are built from, found by walking up to the solution.</summary>
internal static class Repository
{
    private static readonly string[] _outputFolders = ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea"];

    public static string Root { get; } = FindRoot();

    /// <summary>Reads the C# files below a folder. There must be some: a rule over nothing would always hold.</summary>
    public static IReadOnlyList<SourceFile> Sources(params string[] folders) =>
        Some(folders.SelectMany(folder => Files(folder, "*.cs")).Select(path => new SourceFile(path, Read(path))), folders);

    public static IReadOnlyList<TextFile> Texts(string folder, params string[] patterns) =>
        Some(patterns.SelectMany(pattern => Files(folder, pattern)).Select(path => new TextFile(path, Read(path))), patterns);

    public static TextFile Text(string path) => new(path, Read(path));

    /// <summary>Lists the names at the top level: what git knows, or, in an unpacked archive, what lies there.</summary>
    public static IReadOnlyList<string> TopLevelNames()
    {
        IEnumerable<string> names = GitFiles() is { Count: > 0 } tracked
            ? tracked.Select(path => path.Split('/')[0])
            : Directory.EnumerateFileSystemEntries(Root).Select(path => Path.GetFileName(path)!).Except(_outputFolders);
        return [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static List<string> GitFiles()
    {
        try
        {
            var start = new ProcessStartInfo("git", ["ls-files", "-z"]) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries)] : [];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return []; // There is no git on this machine.
        }
    }

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        string start = Path.Combine(Root, folder);
        return Directory.Exists(start)
            ? Directory.EnumerateFiles(start, pattern, SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
                .Where(path => !path.Split('/').Intersect(_outputFolders).Any())
                .Order(StringComparer.Ordinal)
            : [];
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static List<T> Some<T>(IEnumerable<T> files, string[] sought)
    {
        List<T> found = [.. files];
        return found.Count > 0 ? found : throw new InvalidOperationException($"No file found for {string.Join(", ", sought)} in {Root}.");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Messaging.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"Messaging.sln was not found above {AppContext.BaseDirectory}.");
    }
}
