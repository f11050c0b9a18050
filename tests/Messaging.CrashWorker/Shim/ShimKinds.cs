namespace Messaging.CrashWorker.Shim;

/// <summary>The operations that can be ordered to fail; a bit for each, as in shim.c.</summary>
[Flags]
internal enum ShimKinds
{
    None = 0,
    Open = 1 << 1,
    Read = 1 << 2,
    Write = 1 << 3,
    Sync = 1 << 4,
    Truncate = 1 << 5,
    Unlink = 1 << 6,
    Rename = 1 << 7,
}
