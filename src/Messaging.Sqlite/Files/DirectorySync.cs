using System.Runtime.InteropServices;

namespace Messaging.Sqlite.Files;

/// <summary>The sync of a directory, without which a power cut may undo a file's new name. Windows has none and needs none.</summary>
internal static partial class DirectorySync
{
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Run(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = Open(directory, 0);
        int result = handle < 0 ? -1 : Fsync(handle);
        int error = Marshal.GetLastPInvokeError();
        if (handle >= 0)
        {
            _ = Close(handle);
        }

        if (result < 0)
        {
            throw new IOException($"The directory '{directory}' cannot be synced: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
