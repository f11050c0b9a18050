using System.ComponentModel;
using System.Diagnostics;

namespace Messaging.Crash.Tests.Shim;

/// <summary>The library of shim.c, compiled once for the tests of this process, and the environment in which a worker has it.</summary>
internal static class ShimLibrary
{
    private static readonly Lazy<(string? Path, string Problem)> _compiled = new(Compile);

    /// <summary>Gets the environment of a worker whose file operations in a folder go through the library.</summary>
    /// <remarks>Skips the test when it cannot be compiled here.</remarks>
    /// <param name="folder">The folder of the worker's file.</param>
    /// <param name="trace">Where to record, outside of the folder; <see langword="null"/> for nowhere.</param>
    /// <param name="dropSync">Whether syncs do nothing.</param>
    public static Dictionary<string, string> Environment(string folder, string? trace = null, bool dropSync = false)
    {
        Assert.SkipWhen(_compiled.Value.Path is null, _compiled.Value.Problem);
        var environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = _compiled.Value.Path!,
            ["SHIM_FOLDER"] = folder,
        };
        if (trace is not null)
        {
            environment["SHIM_TRACE"] = trace;
        }

        if (dropSync)
        {
            environment["SHIM_DROP_SYNC"] = "1";
        }

        return environment;
    }

    private static (string? Path, string Problem) Compile()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "A library can stand before the system's calls on Linux only.");
        }

        string source = Path.Combine(AppContext.BaseDirectory, "Shim", "shim.c");
        string library = Path.Combine(AppContext.BaseDirectory, "Shim", "shim.so");
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo(
                "gcc", ["-shared", "-fPIC", "-O2", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", library, source, "-ldl", "-lpthread"])
            {
                RedirectStandardError = true,
            })!;
            string errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? (library, "") : throw new InvalidOperationException($"gcc cannot compile {source}: {errors}");
        }
        catch (Win32Exception)
        {
            return (null, "There is no gcc, which compiles the library that power cuts and faults of the disk are tested with: install it.");
        }
    }
}
