using System.Runtime.InteropServices;
using System.Text;

namespace Messaging.Sqlite.Files;

/// <summary>Which file a path leads to: two paths, or one path at two times, lead to the same file if their identities are equal.</summary>
/// <param name="Device">The device, as the operating system numbers it.</param>
/// <param name="Inode">The file's number there.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;
    private const int Length = 256;
    private const int InodeAt = 32;
    private const int DeviceAt = 136;
    private const int NotFound = 2;
    private const int NotADirectory = 20;

    private static volatile bool _isKnown = OperatingSystem.IsLinux();

    /// <summary>Gets the file that a path leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="identity">The identity; <see langword="null"/> where the system does not tell it.</param>
    /// <returns>Whether there is a file.</returns>
    /// <remarks>Linux has one layout of the answer for all processors, others do not: there only its being there is known.</remarks>
    public static bool TryGet(string path, out FileIdentity? identity)
    {
        identity = null;
        if (!_isKnown)
        {
            return File.Exists(path);
        }

        Span<byte> answer = stackalloc byte[Length];
        Span<byte> name = stackalloc byte[512];
        int bytes = Encoding.UTF8.GetMaxByteCount(path.Length) < name.Length ? Encoding.UTF8.GetBytes(path, name) : 0;
        name = bytes > 0 ? name[..(bytes + 1)] : Encoding.UTF8.GetBytes(path + '\0');
        name[^1] = 0;
        try
        {
            if (Stat(CurrentDirectory, name, 0, WantInode, answer) == 0)
            {
                identity = new FileIdentity(
                    BitConverter.ToUInt64(answer[DeviceAt..]), BitConverter.ToUInt64(answer[InodeAt..]));
                return true;
            }

            if (Marshal.GetLastPInvokeError() is NotFound or NotADirectory)
            {
                return false;
            }
        }
        catch (EntryPointNotFoundException)
        {
            _isKnown = false;
        }

        return File.Exists(path);
    }

    /// <summary>Tells whether two files are known not to be the same.</summary>
    public static bool Differ(FileIdentity? one, FileIdentity? other) => one is not null && other is not null && one != other;

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Stat(int directory, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> answer);
}
