using Messaging.Sqlite.Paths;

namespace Messaging.Sqlite.Files;

/// <summary>Which file a path leads to: two paths, or one path at two times, lead to the same file if their identities are equal.</summary>
/// <param name="Device">The device, as the operating system numbers it.</param>
/// <param name="Inode">The file's number there.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>Gets the file that a path leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="identity">The identity; <see langword="null"/> where the system does not tell it.</param>
    /// <returns>Whether there is a file.</returns>
    /// <remarks>Only Linux is asked for identities; on other systems only its being there is known.</remarks>
    public static bool TryGet(string path, out FileIdentity? identity)
    {
        identity = null;
        Span<byte> answer = stackalloc byte[LinuxStatus.Length];
        try
        {
            switch (LinuxStatus.TryGet(path, followsLinks: true, LinuxStatus.WantsInode, answer))
            {
                case true:
                    identity = new FileIdentity(
                        BitConverter.ToUInt64(answer[LinuxStatus.DeviceAt..]), BitConverter.ToUInt64(answer[LinuxStatus.InodeAt..]));
                    return true;
                case false:
                    return false;
            }
        }
        catch (IOException)
        {
            // The system does not tell.
        }

        return File.Exists(path);
    }

    /// <summary>Tells whether two files are known not to be the same.</summary>
    public static bool Differ(FileIdentity? one, FileIdentity? other) => one is not null && other is not null && one != other;
}
