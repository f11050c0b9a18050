using Messaging.Sqlite.Paths;

namespace Messaging.Sqlite.Files;

/// <summary>The place of a store in the file system, and the rules of what may be there.</summary>
internal static class StoreLocation
{
    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Gets the file itself where the path is a link to it: two paths must not lead to two locks.</summary>
    /// <param name="path">The path.</param>
    public static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            return PathEntry.Of(full).Kind == PathKind.Link ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"'{full}' cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Throws <see cref="StoreException"/> unless a store can be kept at the path.</summary>
    /// <param name="path">The resolved path.</param>
    /// <param name="allowSharedDirectory">Whether everybody may write to the directory.</param>
    /// <exception cref="StoreFormatException">A file beside it is not the store's.</exception>
    public static void Verify(string path, bool allowSharedDirectory)
    {
        try
        {
            if ((ProblemOfFile(path) ?? ProblemOfDirectory(path, allowSharedDirectory)) is { } problem)
            {
                throw new StoreException($"'{path}' cannot be opened: {problem}");
            }

            Neighbours.Verify(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"'{path}' cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Throws <see cref="StoreException"/> unless a copy can be written to the path.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="allowSharedDirectory">Whether everybody may write to the directory.</param>
    public static void VerifyForCopy(string path, bool allowSharedDirectory)
    {
        if ((ProblemOfTarget(path) ?? ProblemOfDirectory(path, allowSharedDirectory)) is { } problem)
        {
            throw new StoreException($"A copy cannot be written to '{path}': {problem}");
        }
    }

    private static string? ProblemOfFile(string path)
    {
        PathEntry entry = PathEntry.Of(path);
        if (entry.Kind == PathKind.Directory)
        {
            return $"it is a directory, and a store is a file. Name a file in it, such as '{Path.Join(path, "messages.db")}'.";
        }

        if (entry.Kind is not (PathKind.File or PathKind.Missing))
        {
            return $"it is {entry.Describe()}, and a store is a file. Name another path.";
        }

        if (entry.Names > 1)
        {
            return $"it is {entry.Describe()}: each name would have a lock and a write-ahead log of its own. Copy it, and open the copy.";
        }

        if (!entry.IsMissing && (File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly) || !AllowsWriting(path)))
        {
            return "the file is read-only, and a broker writes to it. Allow the process to write, or open a copy.";
        }

        return ProblemOfName(path);
    }

    private static string? ProblemOfTarget(string path)
    {
        PathEntry entry = PathEntry.Of(path);
        if (!entry.IsMissing)
        {
            return $"there is {entry.Describe()} already. Name a new file.";
        }

        foreach (string ending in Neighbours.OfSqlite)
        {
            if (PathEntry.Of(path + ending) is { IsMissing: false } neighbour)
            {
                return $"there is {neighbour.Describe()} already at '{path}{ending}', which SQLite would take for a part of the copy. "
                    + "Move it away, or name another file.";
            }
        }

        // Left by a store of that name, it is empty and does no harm.
        return PathEntry.Of(path + Neighbours.Lock) is { IsMissing: false, IsPlainFile: false } taken
            ? $"'{path}{Neighbours.Lock}' is {taken.Describe()}, and a store keeps a file of its own there. Move it away, or name another file."
            : ProblemOfName(path);
    }

    private static string? ProblemOfName(string path) => Neighbours.OwnerOf(path) is { } owner
        ? $"that name belongs to '{owner}', which keeps or kept a file of its own there. Name another file."
        : null;

    private static string? ProblemOfDirectory(string path, bool allowShared)
    {
        var directory = new DirectoryInfo(Path.GetDirectoryName(path)!);
        if (!directory.Exists)
        {
            return $"there is no directory '{directory.FullName}'. Create it first.";
        }

        // The mode is looked at because the superuser can write what is marked as read-only.
        if (!AllowsWriting(directory.FullName))
        {
            return "its directory is read-only. Allow the process to write there, or use another directory.";
        }

        if (OperatingSystem.IsWindows() || allowShared)
        {
            return null;
        }

        // Who can plant or swap files beside the store can make SQLite read them as its own.
        if (directory.LinkTarget is not null)
        {
            return "its directory is a symbolic link. Name the directory itself.";
        }

        return (directory.UnixFileMode & UnixFileMode.OtherWrite) == 0
            ? null
            : $"everybody may write to its directory. Use another directory, or allow it with "
                + $"{nameof(SqliteStoreOptions)}.{nameof(SqliteStoreOptions.AllowSharedDirectory)} = true.";
    }

    private static bool AllowsWriting(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyWrite) != 0;
}
