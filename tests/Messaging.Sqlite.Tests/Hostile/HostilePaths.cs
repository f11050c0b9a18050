namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>Paths that are not those of files that a store may be in.</summary>
internal static class HostilePaths
{
    private static readonly (string Path, string Gets)[] _notPaths =
    [
        ("Data Source=w.db", "is a connection string. Name the file by its plain path*(\"w.db\")"),
        ("datasource = w.db", "is a connection string. Name the file by its plain path*(\"w.db\")"),
        ("FileName=w.db;Mode=ReadOnly", "is a connection string. Name the file by its plain path*(\"w.db\")"),
        ("Mode=Memory; Data Source=w.db", "is a connection string. Name the file by its plain path*(\"w.db\")"),
        (":memory:", "is SQLite's name for a database without a file. Call MessageBroker.InMemory()"),
        (":Memory:", "is SQLite's name for a database without a file. Call MessageBroker.InMemory()"),
        ("file:w.db", "is a URI. Name the file by its plain path"),
        ("FILE:///w.db?mode=memory", "is a URI. Name the file by its plain path"),
    ];

    public static IEnumerable<HostileCase> All =>
    [
        .. _notPaths.Select(path => NotAPath(HostileCall.Create, path.Path, path.Gets)),
        .. _notPaths.Select(path => NotAPath(HostileCall.Backup, path.Path, path.Gets)),
        At(HostileCall.Create, "a pipe", "it is a pipe, a socket or a device, and a store is a file", folder => folder.Pipe("s.db")),
        At(HostileCall.Create, "a socket", "it is a pipe, a socket or a device, and a store is a file", folder => folder.Socket("s.db")),
        At(HostileCall.Create, "a link to a pipe", "it is a pipe, a socket or a device, and a store is a file", folder =>
        {
            folder.Pipe("pipe");
            File.CreateSymbolicLink(folder.File("s.db"), folder.File("pipe"));
        }),
        At(HostileCall.Create, "a link to itself", "cannot be opened: Too many levels of symbolic links", folder =>
            File.CreateSymbolicLink(folder.File("s.db"), folder.File("s.db"))),
        At(HostileCall.Create, "a directory", "it is a directory", folder => Directory.CreateDirectory(folder.File("s.db"))),
        At(HostileCall.Create, "a name that is too long", "File name too long", _ => { }) with { Target = new string('n', 300) },
        At(HostileCall.Open, "a store with a second name", "it is a file with 2 names (hard links)", folder => folder.SecondName("s.db", "second.db")),
        new(HostileCall.Open, "a link to the store", HostileCase.Accepted, folder => File.CreateSymbolicLink(folder.File("link.db"), folder.File("s.db"))) { Target = "link.db" },
        At(HostileCall.Open, "the lock file of a store", "that name belongs to", folder => folder.Empty("s.db-lock")) with { Target = "s.db-lock" },
        At(HostileCall.Open, "the log's name of a store", "that name belongs to", _ => { }) with { Target = "s.db-wal" },
        new(HostileCall.Create, "a name beside a directory of the same name without its ending", HostileCase.Accepted, folder =>
            Directory.CreateDirectory(folder.File("orders"))) { Target = "orders-new" },
        new(HostileCall.Create, "a link to a file that is not there", "accepted, and created where the link leads", folder =>
            File.CreateSymbolicLink(folder.File("s.db"), folder.File("new.db"))),
        At(HostileCall.Backup, "a file", "there is a file already", folder => folder.Text("copy.db")),
        At(HostileCall.Backup, "an empty file", "there is a file already", folder => folder.Empty("copy.db")),
        At(HostileCall.Backup, "a pipe", "there is a pipe, a socket or a device already", folder => folder.Pipe("copy.db")),
        At(HostileCall.Backup, "a link that leads nowhere", "there is a symbolic link already", folder =>
            File.CreateSymbolicLink(folder.File("copy.db"), folder.File("nowhere.db"))),
        At(HostileCall.Backup, "the journal's name of a store", "that name belongs to", _ => { }) with { Target = "s.db-journal" },
        At(HostileCall.Backup, "a directory that everybody may write to", "everybody may write to its directory*AllowSharedDirectory = true", folder =>
            folder.OpenToEverybody("shared")) with { Target = "shared/copy.db" },
        At(HostileCall.Backup, "a directory that is a link", "its directory is a symbolic link", folder =>
        {
            Directory.CreateDirectory(folder.File("real"));
            Directory.CreateSymbolicLink(folder.File("linked"), folder.File("real"));
        }) with { Target = "linked/copy.db" },
    ];

    private static HostileCase At(HostileCall call, string what, string gets, Action<HostileFolder> arrange) =>
        new(call, what, gets, arrange) { Refusal = typeof(StoreException) };

    private static HostileCase NotAPath(HostileCall call, string path, string gets) =>
        new(call, $"`{path}`", gets, _ => { }) { Target = path, Refusal = typeof(ArgumentException) };
}
