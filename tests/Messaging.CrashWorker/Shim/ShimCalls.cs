using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Messaging.Sqlite;

namespace Messaging.CrashWorker.Shim;

/// <summary>What the library that was loaded before this process's own (shim.c) offers: marks in its trace, and faults to order.</summary>
internal static class ShimCalls
{
    private const string Library = "shim";

    /// <summary>Gets a value indicating whether the library is in this process.</summary>
    public static bool IsLoaded { get; } = Environment.GetEnvironmentVariable("SHIM_FOLDER") is { Length: > 0 };

    /// <summary>Gets a value indicating whether it records.</summary>
    public static bool IsRecording { get; } = IsLoaded && Environment.GetEnvironmentVariable("SHIM_TRACE") is { Length: > 0 };

    /// <summary>Writes a mark between the file operations: what was begun before it is before it in the trace.</summary>
    public static void Mark(ReadOnlySpan<byte> text) => Mark(in MemoryMarshal.GetReference(text), text.Length);

    /// <summary>Ends the process as SIGKILL does, between two file operations.</summary>
    [DllImport(Library, EntryPoint = "shim_die")]
    public static extern void Die();

    /// <summary>Orders a fault at the n-th operation of some kinds from now on.</summary>
    /// <param name="kinds">The kinds.</param>
    /// <param name="nth">1 for the next one.</param>
    /// <param name="error">The error number that it fails with.</param>
    /// <param name="sticky">Whether all later ones fail, too.</param>
    /// <param name="shortWrite">Whether a write stores its first half instead of failing.</param>
    public static void Arm(ShimKinds kinds, int nth, int error, bool sticky = false, bool shortWrite = false) =>
        Arm((int)kinds, nth, error, sticky ? 1 : 0, shortWrite ? 1 : 0);

    /// <summary>Ends the ordered fault.</summary>
    [DllImport(Library, EntryPoint = "shim_disarm")]
    public static extern void Disarm();

    /// <summary>Gets how often the ordered fault has struck.</summary>
    [DllImport(Library, EntryPoint = "shim_hits")]
    public static extern int Hits();

    /// <summary>Gets how many operations of some kinds there were since the last order.</summary>
    public static int Count(ShimKinds kinds) =>
        Enumerable.Range(0, 32).Where(bit => ((int)kinds & (1 << bit)) != 0).Sum(CountKind);

    [DllImport(Library, EntryPoint = "shim_mark")]
    private static extern void Mark(in byte text, nint length);

    [DllImport(Library, EntryPoint = "shim_arm")]
    private static extern void Arm(int kinds, int nth, int error, int sticky, int shortWrite);

    [DllImport(Library, EntryPoint = "shim_count")]
    private static extern int CountKind(int kind);

#pragma warning disable CA2255 // An executable, not a library that others load.
    [ModuleInitializer]
    internal static void Find()
    {
        if (IsLoaded)
        {
            nint shim = NativeLibrary.Load(Environment.GetEnvironmentVariable("LD_PRELOAD")!);
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? shim : 0);

            // The store asks for "libc" by name, and so would get past what was loaded before it.
            NativeLibrary.SetDllImportResolver(typeof(SqliteMessageStore).Assembly, (name, _, _) => name == "libc" ? shim : 0);
        }
    }
#pragma warning restore CA2255
}
