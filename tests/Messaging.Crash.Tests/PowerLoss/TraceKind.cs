namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>What a record of a trace tells of; the numbers are those of shim.c.</summary>
internal enum TraceKind
{
    /// <summary>A file, or the folder, was opened under a handle; the data is its path.</summary>
    Open = 1,

    /// <summary>Bytes were written at an offset.</summary>
    Write = 3,

    /// <summary>A sync began.</summary>
    SyncBegun = 4,

    /// <summary>A file was given a size, which is the offset.</summary>
    Truncate = 5,

    /// <summary>A name was deleted; the data is the path.</summary>
    Unlink = 6,

    /// <summary>A name was changed; the data is the old path, a zero, and the new one.</summary>
    Rename = 7,

    /// <summary>The workload told of an event; the data is its line.</summary>
    Mark = 8,

    /// <summary>A sync succeeded.</summary>
    SyncDone = 9,

    /// <summary>A process began; the data is the path of the folder.</summary>
    Start = 10,
}
