namespace Messaging.Sqlite.Tests.Hostile;

/// <summary>The files beside a store or a copy that are not theirs.</summary>
internal static class HostileNeighbours
{
    private const string Closed = "it was closed and needs no write-ahead log*belongs to something else";
    private const string NotItsLog = "is not its write-ahead log: it belongs to something else";
    private const string OtherTime = "is a write-ahead log of this store, but of another time, or it is damaged";
    private const string Journal = "is a rollback journal, which a store does not have";

    public static IEnumerable<HostileCase> All => [.. AtOpening, .. AtRecovery, .. AtCreation, .. AtBackup];

    private static HostileCase[] AtOpening =>
    [
        new(HostileCall.Open, "`-wal` of another store", Closed, folder =>
        {
            folder.CreateStore("other.db", 30, isCrashed: true);
            folder.Move("other.db-wal", "s.db-wal");
            folder.Delete("other.db");
        }),
        new(HostileCall.Open, "`-wal` of another program", Closed, folder => folder.Foreign("-wal", "s.db-wal")),
        new(HostileCall.Open, "`-wal` of another program with other pages", Closed, folder => folder.Foreign("-wal", "s.db-wal", pageSize: 1_024)),
        new(HostileCall.Open, "`-wal` of this store, of an earlier time", OtherTime, folder =>
        {
            folder.KeepLog("kept");
            folder.Move("kept", "s.db-wal");
        }),
        new(HostileCall.Open, "`-wal` of this store, of an earlier opening", OtherTime, folder =>
        {
            folder.KeepLog("kept");
            folder.KeepLog("kept-later");
            folder.Delete("kept-later");
            folder.Move("kept", "s.db-wal");
        }),
        new(HostileCall.Open, "`-wal` of the store that it is a copy of", OtherTime, folder => folder.CopyWithTheLogOfItsStore()),
        new(HostileCall.Open, "`-wal` that is a text", Closed, folder => folder.Text("s.db-wal")),
        new(HostileCall.Open, "`-wal` that is a few letters", Closed, folder => File.WriteAllText(folder.File("s.db-wal"), "notes")),
        new(HostileCall.Open, "`-wal`, `-shm` and `-journal` that are empty", "accepted, and the journal is left alone", folder =>
        {
            folder.Empty("s.db-wal");
            folder.Empty("s.db-shm");
            folder.Empty("s.db-journal");
        }),
        new(HostileCall.Open, "`-journal` of another program", Journal, folder => folder.Foreign("-journal", "s.db-journal")),
        new(HostileCall.Open, "`-journal` that is a text", Journal, folder => folder.Text("s.db-journal")),
        new(HostileCall.Open, "`-journal` beside a file in rollback mode", Journal, folder =>
        {
            folder.Execute("s.db", "PRAGMA journal_mode=DELETE");
            folder.Foreign("-journal", "s.db-journal");
        }),
        new(HostileCall.Open, "no neighbour, a file in rollback mode", "accepted, and changed to a write-ahead log", folder =>
            folder.Execute("s.db", "PRAGMA journal_mode=DELETE")),
        new(HostileCall.Open, "`-shm` that is noise", "accepted, and made anew", folder => folder.Noise("s.db-shm")),
        Kind(HostileCall.Open, "`-wal` that is a link", "s.db-wal' beside it is a symbolic link", folder => folder.Link("s.db-wal")),
        Kind(HostileCall.Open, "`-wal` that is a directory", "s.db-wal' beside it is a directory", folder => Directory.CreateDirectory(folder.File("s.db-wal"))),
        Kind(HostileCall.Open, "`-wal` with a second name", "s.db-wal' beside it is a file with 2 names", folder =>
        {
            folder.Text("notes");
            folder.SecondName("notes", "s.db-wal");
        }),
        Kind(HostileCall.Open, "`-shm` that is a pipe", "s.db-shm' beside it is a pipe, a socket or a device", folder => folder.Pipe("s.db-shm")),
        Kind(HostileCall.Open, "`-shm` that is a link", "s.db-shm' beside it is a symbolic link", folder => folder.Link("s.db-shm")),
        Kind(HostileCall.Open, "`-journal` that is a link", "s.db-journal' beside it is a symbolic link", folder => folder.Link("s.db-journal")),
        Kind(HostileCall.Open, "`-lock` that is a link", "s.db-lock' beside it is a symbolic link", folder => folder.Link("s.db-lock")),
        Kind(HostileCall.Open, "`-lock` that is a pipe", "s.db-lock' beside it is a pipe, a socket or a device", folder => folder.Pipe("s.db-lock")),
        Kind(HostileCall.Open, "`-lock` that is a socket", "s.db-lock' beside it is a pipe, a socket or a device", folder => folder.Socket("s.db-lock")),
        new(HostileCall.Open, "`-new` and `-unfinished` that are somebody's", "accepted, and left alone", folder =>
        {
            folder.Text("s.db-new");
            folder.Text("s.db-unfinished");
        }),
    ];

    private static HostileCase[] AtRecovery =>
    [
        new(HostileCall.Recover, "its own `-wal`", "accepted", _ => { }),
        new(HostileCall.Recover, "its own `-wal`, and a `-shm` that is noise", "accepted, and made anew", folder => folder.Noise("s.db-shm")),
        new(HostileCall.Recover, "its own `-wal`, and a `-journal` of another program", Journal, folder => folder.Foreign("-journal", "s.db-journal")),
        new(HostileCall.Recover, "`-wal` of another store", NotItsLog, folder =>
        {
            folder.CreateStore("other.db", 30, isCrashed: true);
            folder.Move("other.db-wal", "s.db-wal");
            folder.Delete("other.db");
        }),
        new(HostileCall.Recover, "`-wal` of another program", NotItsLog, folder => folder.Foreign("-wal", "s.db-wal")),
        new(HostileCall.Recover, "`-wal` of another program with other pages", NotItsLog, folder => folder.Foreign("-wal", "s.db-wal", pageSize: 8_192)),
        new(HostileCall.Recover, "`-wal` of this store, of an earlier opening", OtherTime, folder =>
        {
            folder.KeepLog("kept");
            folder.Crash();
            folder.Move("kept", "s.db-wal");
        }),
        new(HostileCall.Recover, "`-wal` that is a text", NotItsLog, folder => folder.Text("s.db-wal")),
    ];

    private static HostileCase[] AtCreation =>
    [
        new(HostileCall.Create, "`-wal` of a store", "there is nothing in it, and*is the write-ahead log of a store", folder =>
        {
            folder.CreateStore("other.db", 30, isCrashed: true);
            folder.Move("other.db-wal", "s.db-wal");
            folder.Delete("other.db");
        }),
        new(HostileCall.Create, "`-journal` of another program", Journal, folder => folder.Foreign("-journal", "s.db-journal")),
        new(HostileCall.Create, "`-shm` that is noise", "accepted, and made anew", folder => folder.Noise("s.db-shm")),
        new(HostileCall.Create, "a file that is empty", "accepted, and replaced", folder => folder.Empty("s.db")),
        Kind(HostileCall.Create, "`-lock` that is a pipe", "s.db-lock' beside it is a pipe, a socket or a device", folder => folder.Pipe("s.db-lock")),
        Kind(HostileCall.Create, "`-new` that is a text", "s.db-new' is in the way: a file that was not left by an unfinished store", folder => folder.Text("s.db-new")),
        Kind(HostileCall.Create, "`-new` that is a store", "s.db-new' is in the way: a file that was not left by an unfinished store", folder => folder.CreateStore("s.db-new", 3)),
        Kind(HostileCall.Create, "`-new` that is a link", "s.db-new' is in the way: a symbolic link", folder => folder.Link("s.db-new")),
        Kind(HostileCall.Create, "`-new` that is a pipe", "s.db-new' is in the way: a pipe, a socket or a device", folder => folder.Pipe("s.db-new")),
        Kind(HostileCall.Create, "`-new-journal` of another program", "s.db-new-journal' is in the way", folder => folder.Foreign("-journal", "s.db-new-journal")),
        Kind(HostileCall.Create, "`-new-wal` of another program", "s.db-new-wal' is in the way", folder => folder.Foreign("-wal", "s.db-new-wal")),
        new(HostileCall.Create, "`-new` that a crash left", "accepted, and removed", folder =>
        {
            folder.CreateHalf("s.db-new");
            folder.Empty("s.db-new-journal");
        }),
        new(HostileCall.Create, "`-new` that a crash left empty", "accepted, and removed", folder => folder.Empty("s.db-new")),
    ];

    private static HostileCase[] AtBackup =>
    [
        Kind(HostileCall.Backup, "`-wal` of another store", "a file already at*copy.db-wal', which SQLite would take for a part of the copy", folder =>
        {
            folder.CreateStore("other.db", 30, isCrashed: true);
            folder.Move("other.db-wal", "copy.db-wal");
            folder.Delete("other.db");
        }),
        Kind(HostileCall.Backup, "`-wal` that is empty", "a file already at*copy.db-wal'", folder => folder.Empty("copy.db-wal")),
        Kind(HostileCall.Backup, "`-shm` that is noise", "a file already at*copy.db-shm'", folder => folder.Noise("copy.db-shm")),
        Kind(HostileCall.Backup, "`-journal` of another program", "a file already at*copy.db-journal'", folder => folder.Foreign("-journal", "copy.db-journal")),
        Kind(HostileCall.Backup, "`-journal` that is a link", "a symbolic link already at*copy.db-journal'", folder => folder.Link("copy.db-journal")),
        Kind(HostileCall.Backup, "`-lock` that is a pipe", "copy.db-lock' is a pipe, a socket or a device", folder => folder.Pipe("copy.db-lock")),
        new(HostileCall.Backup, "`-lock` that a store left", "accepted, and left alone", folder => folder.Empty("copy.db-lock")),
        Kind(HostileCall.Backup, "`-unfinished` that is a text", "copy.db-unfinished' is in the way: a file that was not left", folder => folder.Text("copy.db-unfinished")),
        Kind(HostileCall.Backup, "`-unfinished` that is a store", "copy.db-unfinished' is in the way: a file that was not left", folder =>
        {
            folder.CreateStore("copy.db-unfinished", 3);
            folder.Empty("copy.db-unfinished-lock");
        }),
        Kind(HostileCall.Backup, "`-unfinished` that is a pipe", "copy.db-unfinished' is in the way: a pipe", folder => folder.Pipe("copy.db-unfinished")),
        Kind(HostileCall.Backup, "`-unfinished-journal` of another program", "copy.db-unfinished-journal' is in the way", folder =>
            folder.Foreign("-journal", "copy.db-unfinished-journal")),
        new(HostileCall.Backup, "`-unfinished` that a crash left, with a log", "accepted, and removed", folder =>
        {
            folder.CreateStore("copy.db-unfinished", 3, isCrashed: true);
            folder.Empty("copy.db-unfinished-shm");
        }),
        new(HostileCall.Backup, "`-unfinished` of zeros, before a crash", "accepted, and removed", folder =>
            File.WriteAllBytes(folder.File("copy.db-unfinished"), new byte[8_192])),
    ];

    private static HostileCase Kind(HostileCall call, string what, string gets, Action<HostileFolder> arrange) =>
        new(call, what, gets, arrange) { Refusal = typeof(StoreException) };
}
