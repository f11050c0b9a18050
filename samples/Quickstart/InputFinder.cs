namespace Quickstart;

/// <summary>Finds the text files that the user named, or this repository's own.</summary>
internal static class InputFinder
{
    private const int DefaultMaxLines = 15_000;

    private static readonly EnumerationOptions _everything = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
        RecurseSubdirectories = true,
    };

    public static TextInput Find(IReadOnlyList<string> paths)
    {
        TextInput input = paths.Count == 0 ? FindOwnSources() : FindNamed(paths);
        return input.Files.Count > 0 ? input : throw new InputException("There is no text file in the input.");
    }

    private static TextInput FindOwnSources()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Messaging.sln")))
        {
            root = root.Parent;
        }

        if (root is null)
        {
            throw new InputException("This program does not lie in its repository. Name the files or folders to read.");
        }

        string[] folders = ["src", "tests", "samples", "benchmarks"];
        IEnumerable<string> files = folders
            .Select(folder => Path.Combine(root.FullName, folder))
            .Where(Directory.Exists)
            .SelectMany(FilesIn)
            .Where(file => Path.GetExtension(file) is ".cs" or ".md");
        return new TextInput(Named(files, root.FullName), DefaultMaxLines);
    }

    private static TextInput FindNamed(IReadOnlyList<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                string[] found = [.. FilesIn(Path.GetFullPath(path)).Where(IsText)];
                files.AddRange(found.Length > 0 ? found : throw new InputException($"'{path}' holds no text file."));
            }
            else if (!File.Exists(path))
            {
                throw new InputException($"'{path}' does not exist.");
            }
            else
            {
                files.Add(IsText(path) ? Path.GetFullPath(path) : throw new InputException($"'{path}' is empty or not UTF-8 text."));
            }
        }

        return new TextInput(Named(files, Environment.CurrentDirectory), int.MaxValue);
    }

    /// <summary>All files below a folder, except what a build or a tool keeps there.</summary>
    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", _everything).Where(file => !Path.GetRelativePath(folder, file)
            .Split(Path.DirectorySeparatorChar)[..^1]
            .Any(part => part is "bin" or "obj"));

    private static List<InputFile> Named(IEnumerable<string> files, string root) =>
        [.. files.Distinct().Order(StringComparer.Ordinal).Select(file => new InputFile(file, NameOf(file, root)))];

    private static string NameOf(string file, string root)
    {
        string relative = Path.GetRelativePath(root, file);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? file : relative).Replace('\\', '/');
    }

    /// <summary>A file is taken for text when it has bytes and its beginning holds no zero byte; devices and pipes have no length.</summary>
    private static bool IsText(string path)
    {
        if (new FileInfo(path).Length == 0)
        {
            return false;
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[8_192];
        int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return !head[..length].Contains((byte)0);
    }
}
