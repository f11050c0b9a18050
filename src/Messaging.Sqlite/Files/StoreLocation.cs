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
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new StoreException($"'{full}' cannot be opened: it is a link that leads nowhere.", e);
        }
        catch (IOException)
        {
            return full;
        }
    }

    /// <summary>Throws <see cref="StoreException"/> unless a store can be kept at the path.</summary>
    /// <param name="path">The resolved path.</param>
    /// <param name="allowSharedDirectory">Whether everybody may write to the directory.</param>
    public static void Verify(string path, bool allowSharedDirectory)
    {
        if (Directory.Exists(path))
        {
            throw new StoreException($"'{path}' cannot be opened: it is a directory.");
        }

        var directory = new DirectoryInfo(Path.GetDirectoryName(path)!);
        if (!directory.Exists)
        {
            throw new StoreException($"'{path}' cannot be opened: there is no directory '{directory.FullName}'. Create it first.");
        }

        VerifyWritable(path, directory);
        if (OperatingSystem.IsWindows() || allowSharedDirectory)
        {
            return;
        }

        // Who can plant or swap files beside the store can make SQLite read them as its own.
        if (directory.LinkTarget is not null)
        {
            throw new StoreException($"'{path}' cannot be opened: its directory is a symbolic link. Name the directory itself.");
        }

        if ((directory.UnixFileMode & UnixFileMode.OtherWrite) != 0)
        {
            throw new StoreException(
                $"'{path}' cannot be opened: everybody may write to its directory. "
                + $"Use another directory, or allow it with {nameof(SqliteStoreOptions)}.{nameof(SqliteStoreOptions.AllowSharedDirectory)}.");
        }
    }

    // The mode is looked at, too, because the superuser can write what is marked as read-only.
    private static void VerifyWritable(string path, DirectoryInfo directory)
    {
        if (File.Exists(path) && (File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly) || !AllowsWriting(path)))
        {
            throw new StoreException($"'{path}' cannot be opened: the file is read-only.");
        }

        if (!AllowsWriting(directory.FullName))
        {
            throw new StoreException($"'{path}' cannot be opened: its directory is read-only.");
        }
    }

    private static bool AllowsWriting(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyWrite) != 0;
}
