namespace Messaging.Sqlite.Files;

/// <summary>The ownership of a store: an exclusive lock on an empty file beside it, which the operating system drops when the process dies.</summary>
/// <remarks>The lock is the operating system's, held by the open handle, so that it also binds two openings in one process.
/// The file stays when the lock is released: deleting it would let a third party lock a new one while the old one is being taken.</remarks>
internal sealed class OwnershipLock : IDisposable
{
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _file;
    private readonly bool _created;

    private OwnershipLock(FileStream file, bool created)
    {
        _file = file;
        _created = created;
    }

    /// <summary>Gets a value indicating whether nobody ever kept a store here, as far as the lock file knows.</summary>
    public bool IsNew => _created;

    /// <summary>Takes the lock, or throws <see cref="StoreInUseException"/>.</summary>
    /// <param name="store">The store's file.</param>
    public static OwnershipLock Take(string store)
    {
        string path = store + "-lock";
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        bool created = !File.Exists(path);
        try
        {
            return new OwnershipLock(new FileStream(path, options), created);
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            throw new StoreInUseException(store, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"'{store}' cannot be opened: its lock file '{path}' cannot be opened.", e);
        }
    }

    /// <summary>Deletes the lock file, if this lock created it, because the store turned out not to be one.</summary>
    public void Withdraw()
    {
        if (!_created)
        {
            return;
        }

        try
        {
            File.Delete(_file.Name);
        }
        catch (IOException)
        {
            // It is empty and does no harm; what was wrong with the store is worth more to the caller.
        }
    }

    public void Dispose() => _file.Dispose();

    // On Unix the runtime reports a held lock as the error EWOULDBLOCK, 11 on Linux and 35 on macOS.
    private static bool IsSharingViolation(IOException e) =>
        e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && e.HResult is SharingViolation or 11 or 35;
}
