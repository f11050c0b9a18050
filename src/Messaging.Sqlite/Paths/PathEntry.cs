namespace Messaging.Sqlite.Paths;

/// <summary>What lies at a path; a link is not followed.</summary>
/// <remarks>The runtime tells neither pipes and devices from files nor how many names a file has, so Linux is asked itself. On other systems
/// a pipe or device counts as a file, and a file as one with a single name.</remarks>
/// <param name="Kind">The kind.</param>
/// <param name="Length">The length of a file in bytes.</param>
/// <param name="Names">The number of names (hard links) that a file has.</param>
internal readonly record struct PathEntry(PathKind Kind, long Length, long Names)
{
    /// <summary>Gets a value indicating whether it is a file that has no other name.</summary>
    public bool IsPlainFile => Kind == PathKind.File && Names <= 1;

    public bool IsMissing => Kind == PathKind.Missing;

    /// <summary>Looks at a path.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static PathEntry Of(string path)
    {
        Span<byte> answer = stackalloc byte[LinuxStatus.Length];
        return LinuxStatus.TryGet(path, followsLinks: false, LinuxStatus.WantsTypeNamesAndSize, answer) switch
        {
            true => OfLinux(answer),
            false => default,
            null => OfRuntime(path),
        };
    }

    /// <summary>Says what it is, as a part of a sentence.</summary>
    public string Describe() => Kind switch
    {
        PathKind.Missing => "nothing",
        PathKind.Directory => "a directory",
        PathKind.Link => "a symbolic link",
        PathKind.Special => "a pipe, a socket or a device",
        _ => Names > 1 ? $"a file with {Names} names (hard links)" : "a file",
    };

    private static PathEntry OfLinux(ReadOnlySpan<byte> answer)
    {
        PathKind kind = (BitConverter.ToUInt16(answer[LinuxStatus.TypeAt..]) & 0xF000) switch
        {
            0x8000 => PathKind.File,
            0x4000 => PathKind.Directory,
            0xA000 => PathKind.Link,
            _ => PathKind.Special,
        };
        return new PathEntry(kind, BitConverter.ToInt64(answer[LinuxStatus.SizeAt..]), BitConverter.ToUInt32(answer[LinuxStatus.NamesAt..]));
    }

    private static PathEntry OfRuntime(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            return new PathEntry(PathKind.Link, 0, 1);
        }

        return file.Exists ? new PathEntry(PathKind.File, file.Length, 1)
            : Directory.Exists(path) ? new PathEntry(PathKind.Directory, 0, 1) : default;
    }
}
