namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The folder of a broker's file on a disk that has a cache: what was synced, and what a power cut may take away.</summary>
/// <remarks>A file's name reaches the disk with a sync of the folder, or before it; a sync of the file alone does not bring it there. SQLite's
/// <c>-shm</c> file is left out: SQLite builds it anew, whatever it holds.</remarks>
internal sealed class Disk
{
    private const int TruncatesAtOpening = 0x200;

    private readonly Dictionary<string, DiskFile> _names = [];
    private readonly Dictionary<string, DiskFile> _syncedNames = [];
    private readonly List<NameChange> _unsyncedNames = [];
    private readonly Dictionary<uint, string> _handles = [];
    private readonly Dictionary<uint, DiskFile> _files = [];
    private readonly Dictionary<uint, int> _syncs = [];
    private string _folder = "";
    private int _at;

    /// <summary>Gets the place in the trace before which all that was written to the write-ahead log is on the disk.</summary>
    public int LogSyncedBefore { get; private set; }

    /// <summary>Gets how many writes and changes no sync has brought to the disk yet.</summary>
    public int Unsynced => _unsyncedNames.Count + CurrentAndFormer().Sum(file => file.Unsynced.Count);

    /// <summary>Goes on by one record of the trace.</summary>
    public void Apply(in TraceRecord record)
    {
        switch (record.Kind)
        {
            case TraceKind.Start:
                _folder = record.Text;
                _handles.Clear();
                _files.Clear();
                _syncs.Clear();
                break;
            case TraceKind.Open:
                Open(record);
                break;
            case TraceKind.Write:
                File(record.Handle).Add(new DiskWrite(_at, record.Offset, record.Data, IsSize: false));
                break;
            case TraceKind.Truncate:
                File(record.Handle).Add(new DiskWrite(_at, record.Offset, default, IsSize: true));
                break;
            case TraceKind.Unlink when !IsIndex(record.Text):
                Change(new NameChange(_at, (record.Text, null)));
                break;
            case TraceKind.Rename:
                string[] names = record.Text.Split('\0');
                Change(new NameChange(_at, (names[0], null), (names[1], _names[names[0]])));
                break;
            case TraceKind.SyncBegun:
                _syncs.TryAdd(record.Handle, _at);
                break;
            case TraceKind.SyncDone:
                Sync(record.Handle);
                break;
        }

        _at++;
    }

    /// <summary>Gets the files that a power cut leaves.</summary>
    public Dictionary<string, byte[]> After(PowerCut cut)
    {
        cut.ChooseMoment([.. CurrentAndFormer().SelectMany(file => file.Unsynced).Select(write => write.At).Order()]);
        var names = new Dictionary<string, DiskFile>(_syncedNames);
        foreach (NameChange change in _unsyncedNames.Take(cut.ChooseNames(_unsyncedNames.Count)))
        {
            Apply(change, names);
        }

        return names.OrderBy(name => name.Key, StringComparer.Ordinal)
            .ToDictionary(name => Path.GetFileName(name.Key), name => name.Value.After(cut));
    }

    private static bool IsIndex(string path) => path.EndsWith("-shm", StringComparison.Ordinal);

    private static void Apply(NameChange change, Dictionary<string, DiskFile> names)
    {
        foreach ((string name, DiskFile? file) in change.Names)
        {
            if (file is null)
            {
                names.Remove(name);
            }
            else
            {
                names[name] = file;
            }
        }
    }

    private void Open(in TraceRecord record)
    {
        string path = record.Text;
        _handles[record.Handle] = path;
        if (path == _folder)
        {
            return;
        }

        if (IsIndex(path))
        {
            _files[record.Handle] = new DiskFile();
            return;
        }

        if (!_names.ContainsKey(path))
        {
            Change(new NameChange(_at, (path, new DiskFile())));
        }

        _files[record.Handle] = _names[path];
        if ((record.Offset & TruncatesAtOpening) != 0)
        {
            _names[path].Add(new DiskWrite(_at, 0, default, IsSize: true));
        }
    }

    private void Change(NameChange change)
    {
        Apply(change, _names);
        _unsyncedNames.Add(change);
    }

    private void Sync(uint handle)
    {
        _syncs.Remove(handle, out int begun);
        if (_files.TryGetValue(handle, out DiskFile? file))
        {
            file.Sync(begun);
            if (_handles[handle].EndsWith("-wal", StringComparison.Ordinal))
            {
                LogSyncedBefore = begun;
            }

            return;
        }

        foreach (NameChange change in _unsyncedNames.TakeWhile(change => change.At < begun))
        {
            Apply(change, _syncedNames);
        }

        _unsyncedNames.RemoveAll(change => change.At < begun);
    }

    private DiskFile File(uint handle) => _files.TryGetValue(handle, out DiskFile? file)
        ? file
        : throw new InvalidDataException($"Record {_at} of the trace writes to handle {handle}, which is not open.");

    // A file whose name was deleted may be there after a power cut all the same.
    private IEnumerable<DiskFile> CurrentAndFormer() =>
        _names.Values.Concat(_syncedNames.Values).Concat(_unsyncedNames.SelectMany(change => change.Names).Select(name => name.File).OfType<DiskFile>())
            .Distinct();
}
