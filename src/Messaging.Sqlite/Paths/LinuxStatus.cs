using System.Runtime.InteropServices;
using System.Text;

namespace Messaging.Sqlite.Paths;

/// <summary>What Linux says of a path: the answer of <c>statx</c>, which has one layout on all processors; its numbers have their order of bytes.</summary>
internal static partial class LinuxStatus
{
    /// <summary>The length of an answer in bytes.</summary>
    public const int Length = 256;

    public const uint WantsTypeNamesAndSize = 0x1 | 0x4 | 0x200;
    public const uint WantsInode = 0x100;

    // Where the parts of an answer begin.
    public const int NamesAt = 16;
    public const int TypeAt = 28;
    public const int InodeAt = 32;
    public const int SizeAt = 40;
    public const int DeviceAt = 136;

    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const int ShortPath = 512;
    private const int NoEntry = 2;
    private const int NoDirectory = 20;
    private const int NoCall = 38;

    private static volatile bool _isThere = OperatingSystem.IsLinux();

    /// <summary>Asks for a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followsLinks">Whether the answer is about what a link leads to.</param>
    /// <param name="wanted">Which parts are wanted.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>Whether there is something at the path; <see langword="null"/> where this system cannot be asked.</returns>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static bool? TryGet(string path, bool followsLinks, uint wanted, Span<byte> answer)
    {
        if (!_isThere)
        {
            return null;
        }

        Span<byte> name = stackalloc byte[ShortPath];
        name = Encoding.UTF8.GetMaxByteCount(path.Length) < ShortPath
            ? name[..(Encoding.UTF8.GetBytes(path, name) + 1)]
            : Encoding.UTF8.GetBytes(path + '\0');
        name[^1] = 0;
        try
        {
            if (Ask(CurrentDirectory, name, followsLinks ? 0 : NoFollow, wanted, answer) == 0)
            {
                return true;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library.
            _isThere = false;
            return null;
        }

        int error = Marshal.GetLastPInvokeError();
        return error switch
        {
            NoEntry or NoDirectory => false,
            NoCall => null,
            _ => throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Ask(int directory, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> answer);
}
