using System.Text;
using Messaging.Sqlite.Paths;

namespace Messaging.Sqlite.Files;

/// <summary>The ownership of a store: an exclusive lock on a file beside it, which the operating system drops when the process dies.</summary>
/// <remarks>The lock is the operating system's, held by the open handle, so that it also binds two openings in one process.
/// The file stays when the lock is released: deleting it would let a third party lock a new one while the old one is being taken. It is empty until
/// the store is complete; from then on it says that a store was kept here.</remarks>
internal sealed class OwnershipLock : IDisposable
{
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly string _store;
    private readonly FileStream _file;
    private readonly bool _created;
    private readonly FileIdentity? _lockIdentity;
    private readonly WeakReference<OwnershipLock> _self;
    private FileIdentity? _identity;

    private OwnershipLock(string store, FileIdentity? identity, FileStream file, bool created)
    {
        _self = new WeakReference<OwnershipLock>(this);
        _store = store;
        _identity = identity;
        _file = file;
        _created = created;
        HadStore = file.Length > 0;
        FileIdentity.TryGet(file.Name, out _lockIdentity);
    }

    /// <summary>Gets a value indicating whether there was no lock file.</summary>
    public bool IsNew => _created;

    /// <summary>Gets a value indicating whether the lock file says that a complete store was kept here.</summary>
    public bool HadStore { get; }

    /// <summary>Gets a value indicating whether the lock file is still at its place, so that nobody else can have opened the store.</summary>
    public bool IsAtItsPlace => FileIdentity.TryGet(_file.Name, out FileIdentity? now) && !FileIdentity.Differ(now, _lockIdentity);

    /// <summary>Takes the lock, or throws <see cref="StoreInUseException"/>.</summary>
    /// <param name="store">The store's file.</param>
    public static OwnershipLock Take(string store)
    {
        FileIdentity.TryGet(store, out FileIdentity? identity);
        OwnershipLock taken = Open(store, identity);
        if (OpenStores.TryEnter(store, taken._self) && (identity is null || OpenStores.TryEnter(identity.Value.ToString(), taken._self)))
        {
            return taken;
        }

        taken.Withdraw();
        taken.Dispose();
        throw new StoreInUseException(store);
    }

    /// <summary>Notes in the lock file, once, that the store is complete and its name on the disk: if the store is missing later, that is a loss.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void NoteStore()
    {
        LeaveFile();
        if (FileIdentity.TryGet(_store, out _identity) && _identity is not null)
        {
            OpenStores.TryEnter(_identity.Value.ToString(), _self);
        }

        if (!HadStore)
        {
            _file.Write(Encoding.UTF8.GetBytes($"'{Path.GetFileName(_store)}' is a message store. Keep this file as long as that one.\n"));
            _file.Flush(flushToDisk: true);
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
            // It does no harm; what was wrong with the store is worth more to the caller.
        }
    }

    public void Dispose()
    {
        LeaveFile();
        OpenStores.Leave(_store, _self);
        _file.Dispose();
    }

    private static OwnershipLock Open(string store, FileIdentity? identity)
    {
        string path = store + Neighbours.Lock;
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
            return new OwnershipLock(store, identity, new FileStream(path, options), created);
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

    private void LeaveFile()
    {
        if (_identity is not null)
        {
            OpenStores.Leave(_identity.Value.ToString(), _self);
        }
    }

    // On Unix the runtime reports a held lock as the error EWOULDBLOCK, 11 on Linux and 35 on macOS.
    private static bool IsSharingViolation(IOException e) =>
        e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && e.HResult is SharingViolation or 11 or 35;
}
