using System.Net.Sockets;
using System.Runtime.InteropServices;
using Messaging.Sqlite.Paths;
using Messaging.TestSupport;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>A folder with a store of twenty records, <c>s.db</c>, and ways to put things into it that are not the store's.</summary>
internal sealed partial class HostileFolder : IDisposable
{
    public const int Records = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _held = [];
    private int _kept;

    public string File(string name) => _folder.File(name);

    /// <summary>Gets what is in the folder: names, kinds, and the bytes of files.</summary>
    /// <param name="isOpen">Whether the store is open: then its own files are left out.</param>
    public string[] Snapshot(bool isOpen = false) =>
    [
        .. new DirectoryInfo(_folder.Path).GetFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(entry => entry.FullName, StringComparer.Ordinal)
            .Where(entry => !isOpen || !entry.Name.StartsWith("s.db", StringComparison.Ordinal))
            .Select(entry => $"{entry.Name} {Describe(entry)}"),
    ];

    /// <summary>Makes a store; a crashed one is a copy of what lay on the disk while it was open.</summary>
    public async Task CreateStoreAsync(string name, int records, bool isCrashed = false)
    {
        string work = Directory.CreateDirectory(File($"work-{name}")).FullName;
        string path = Path.Combine(work, name);
        await using (var store = new SqliteMessageStore(path))
        {
            await store.OpenAsync();
            await StoreFolder.AppendAsync(store, 1, 1, records);
            if (isCrashed)
            {
                Copy(path, File(name));
                Copy(path + "-wal", File(name + "-wal"));
            }
        }

        if (!isCrashed)
        {
            Copy(path, File(name));
        }

        Directory.Delete(work, recursive: true);
    }

    public void CreateStore(string name, int records, bool isCrashed = false) => CreateStoreAsync(name, records, isCrashed).GetAwaiter().GetResult();

    /// <summary>Opens the store, adds a record, and keeps the log of that moment.</summary>
    public void KeepLog(string keptAs)
    {
        using var done = new HeldStore(File("s.db"));
        StoreFolder.AppendAsync(done.Store, 2 + _kept++, 1, 1).GetAwaiter().GetResult();
        Copy(File("s.db-wal"), File(keptAs));
    }

    /// <summary>Makes a file that begins like a store, and was not written to its end.</summary>
    public void CreateHalf(string name)
    {
        CreateStore(name, 3);
        byte[] bytes = System.IO.File.ReadAllBytes(File(name));
        bytes.AsSpan(4_096).Clear();
        System.IO.File.WriteAllBytes(File(name), bytes);
    }

    /// <summary>Opens the store and leaves it as a death of the process would.</summary>
    public void Crash()
    {
        using (new HeldStore(File("s.db")))
        {
            Copy(File("s.db"), File("crashed"));
            Copy(File("s.db-wal"), File("crashed-wal"));
        }

        Move("crashed", "s.db");
        Move("crashed-wal", "s.db-wal");
    }

    /// <summary>Puts a copy of the store in its place, and beside it the log that the store itself had then.</summary>
    public void CopyWithTheLogOfItsStore()
    {
        using (var store = new HeldStore(File("s.db")))
        {
            store.Store.BackupAsync(File("copy")).AsTask().GetAwaiter().GetResult();
            StoreFolder.AppendAsync(store.Store, 2, 1, 1).GetAwaiter().GetResult();
            Copy(File("s.db-wal"), File("kept"));
        }

        Move("copy", "s.db");
        Move("kept", "s.db-wal");
    }

    public void Text(string name) => System.IO.File.WriteAllText(File(name), "These are somebody's notes. " + new string('x', 5_000));

    public void Noise(string name)
    {
        byte[] bytes = new byte[32_768];
        new Random(7).NextBytes(bytes);
        System.IO.File.WriteAllBytes(File(name), bytes);
    }

    public void Empty(string name) => System.IO.File.WriteAllBytes(File(name), []);

    public void Move(string from, string to) => System.IO.File.Move(File(from), File(to), overwrite: true);

    public void Delete(string name) => System.IO.File.Delete(File(name));

    /// <summary>Makes a link to a file beside it that holds something.</summary>
    public void Link(string name)
    {
        Text("elsewhere.txt");
        System.IO.File.CreateSymbolicLink(File(name), File("elsewhere.txt"));
    }

    public void SecondName(string of, string name)
    {
        if (LinkFile(File(of), File(name)) != 0)
        {
            throw new IOException("A second name could not be made.");
        }
    }

    public void Pipe(string name)
    {
        if (MakePipe(File(name), 0b110_000_000) != 0)
        {
            throw new IOException("A pipe could not be made.");
        }
    }

    public void Socket(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(File(name)));
        _held.Add(socket);
    }

    /// <summary>Makes a directory that everybody may write to.</summary>
    public void OpenToEverybody(string name)
    {
        Directory.CreateDirectory(File(name));
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(File(name), (UnixFileMode)0b111_111_111);
        }
    }

    /// <summary>Runs statements on a file as another program would.</summary>
    public void Execute(string name, params string[] statements)
    {
        using SqliteConnection connection = Connect(name);
        foreach (string sql in statements)
        {
            Execute(connection, sql);
        }
    }

    /// <summary>Runs a statement on the store as another program that dies afterwards, so that it is in the log only.</summary>
    public void AddInLog(string sql)
    {
        using (SqliteConnection connection = Connect("s.db"))
        {
            Execute(connection, sql);
            Copy(File("s.db"), File("kept"));
            Copy(File("s.db-wal"), File("kept-wal"));
        }

        Move("kept", "s.db");
        Move("kept-wal", "s.db-wal");
    }

    /// <summary>Makes another program's database in the folder, and its log or its journal as a crash leaves it, under another name.</summary>
    public void Foreign(string ending, string leftAs, int pageSize = 4_096)
    {
        using (SqliteConnection connection = Connect("other.db"))
        {
            Execute(connection, $"PRAGMA page_size={pageSize}; PRAGMA cache_size=2");
            Execute(connection, ending == "-wal" ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
            Execute(connection, "CREATE TABLE a (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO a SELECT randomblob(2000) FROM n");

            // With so small a cache pages go to the file before the end, and what they were before is in the journal, synced.
            Execute(connection, ending == "-wal" ? "UPDATE a SET x = randomblob(2000)" : "BEGIN; UPDATE a SET x = randomblob(2000)");
            Copy(File("other.db" + ending), File(leftAs));
        }

        foreach (string rest in new[] { "", "-wal", "-shm", "-journal" })
        {
            Delete("other.db" + rest);
        }
    }

    public void Dispose()
    {
        _held.ForEach(held => held.Dispose());
        _folder.Dispose();
    }

    private static string Describe(FileSystemInfo entry) => entry switch
    {
        { LinkTarget: { } target } => $"-> {target}",
        FileInfo { UnixFileMode: var mode } file when IsReadable(file) => $"{mode} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.IO.File.ReadAllBytes(file.FullName)))}",
        _ => entry.GetType().Name,
    };

    // Reading a pipe would wait for its writer.
    private static bool IsReadable(FileInfo file) => PathEntry.Of(file.FullName).Kind == PathKind.File;

    private static void Copy(string from, string to)
    {
        // A handle of our own on an open database would end SQLite's locks when it is closed, so another process reads it.
        using var copy = System.Diagnostics.Process.Start("cp", [from, to]);
        copy.WaitForExit();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Connect(string name)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File(name), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkFile(string path, string name);

    private sealed class HeldStore : IDisposable
    {
        public HeldStore(string path)
        {
            Store = new SqliteMessageStore(path);
            Store.OpenAsync().AsTask().GetAwaiter().GetResult();
        }

        public SqliteMessageStore Store { get; }

        public void Dispose() => Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
