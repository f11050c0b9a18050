using System.Runtime.InteropServices;

namespace Messaging.Sqlite.Paths;

/// <summary>The last step of a file in the making: it gets its name, and nothing loses its own.</summary>
internal static partial class NewName
{
    private const int FromCurrentDirectory = -100;
    private const uint NoReplace = 1;
    private const int Exists = 17;
    private const int Invalid = 22;
    private const int NoCall = 38;

    /// <summary>Renames a file.</summary>
    /// <param name="from">Its name.</param>
    /// <param name="to">Its new name.</param>
    /// <param name="replacesEmpty">Whether an empty file may give way.</param>
    /// <exception cref="IOException">Something has the new name, or the file cannot be renamed.</exception>
    public static void Give(string from, string to, bool replacesEmpty)
    {
        PathEntry there = PathEntry.Of(to);
        bool replaces = replacesEmpty && there is { IsPlainFile: true, Length: 0 };
        if (!there.IsMissing && !replaces)
        {
            throw new IOException($"'{to}' is there meanwhile: {there.Describe()}.");
        }

        if (replaces || !OperatingSystem.IsLinux() || !TryRename(from, to))
        {
            // Not by the runtime's way of replacing nothing: that gives the file a second name for a moment, which a crash may keep.
            File.Move(from, to, overwrite: true);
        }
    }

    // False where the file system has no such renaming.
    private static bool TryRename(string from, string to)
    {
        try
        {
            if (Renameat2(FromCurrentDirectory, from, FromCurrentDirectory, to, NoReplace) == 0)
            {
                return true;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }

        int error = Marshal.GetLastPInvokeError();
        return error switch
        {
            Invalid or NoCall => false,
            Exists => throw new IOException($"'{to}' is there meanwhile."),
            _ => throw new IOException($"'{from}' cannot be renamed to '{to}': {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);
}
