namespace Messaging.Crash.Tests.Corruption;

/// <summary>The kinds of damage that a file is given between two runs.</summary>
internal enum DamageKind
{
    /// <summary>One bit anywhere in the file.</summary>
    Bit,

    /// <summary>One bit in the body of a message.</summary>
    BodyBit,

    /// <summary>One bit where a page says what is on it: its header and the list of its cells.</summary>
    PageHeaderBit,

    /// <summary>One bit in the first hundred bytes of the file.</summary>
    FileHeaderBit,

    /// <summary>Up to 64 bytes side by side.</summary>
    Bytes,

    /// <summary>A page of zeros.</summary>
    ZeroedPage,

    /// <summary>A page of noise.</summary>
    NoisePage,

    /// <summary>A page that was written to the place of another one.</summary>
    MisplacedPage,

    /// <summary>The end of the file is missing.</summary>
    TruncatedFile,

    /// <summary>The file is empty.</summary>
    EmptyFile,

    /// <summary>The file is another program's.</summary>
    ForeignFile,

    /// <summary>The file is missing, its log is there.</summary>
    MissingFile,

    /// <summary>One bit anywhere in the log.</summary>
    LogBit,

    /// <summary>Up to 64 bytes of the log side by side.</summary>
    LogBytes,

    /// <summary>A part of the log is zeros.</summary>
    ZeroedLog,

    /// <summary>The end of the log is missing.</summary>
    TruncatedLog,

    /// <summary>The log is missing.</summary>
    MissingLog,

    /// <summary>The log's index, which is made anew at each opening, is noise.</summary>
    NoiseIndex,
}
