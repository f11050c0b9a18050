using System.Diagnostics;
using Messaging.TestSupport;
using Mono.Cecil;

namespace Messaging.Architecture.Tests.Walks;

/// <summary>The walks, made once: a copy of the worker is rewritten and run.</summary>
public sealed class WalkRun : IDisposable
{
    private const string Worker = "Messaging.WalkWorker";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("walks-");

    public WalkRun()
    {
        string code = Path.Combine(_folder.FullName, "code");
        Directory.CreateDirectory(code);
        foreach (string file in Directory.EnumerateFiles(BuiltWorker()))
        {
            File.Copy(file, Path.Combine(code, Path.GetFileName(file)));
        }

        foreach (string runtime in Directory.EnumerateFiles(Path.Combine(BuiltWorker(), "runtimes"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(code, Path.GetRelativePath(BuiltWorker(), runtime));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(runtime, copy);
        }

        using ModuleDefinition worker = ModuleDefinition.ReadModule(Path.Combine(code, Worker + ".dll"), new ReaderParameters { InMemory = true });
        MethodDefinition enter = worker.GetType(Worker + ".HopTrace").Methods.Single(static method => method.Name == "Enter");
        foreach (string file in Directory.EnumerateFiles(code, "Messaging*.dll").Where(static file => Path.GetFileNameWithoutExtension(file) != Worker))
        {
            Weaver.Rewrite(file, enter);
        }

        Run(Path.Combine(code, Worker + ".dll"));
    }

    /// <summary>Gets the hops of a walk.</summary>
    internal IReadOnlyList<Hop> Of(string walk) => [.. File.ReadLines(Path.Combine(_folder.FullName, walk + ".txt")).Select(Hop.Parse)];

    public void Dispose() => _folder.Delete(recursive: true);

    // Built as these tests are: debug or release.
    private static string BuiltWorker() =>
        AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Replace("Messaging.Architecture.Tests", Worker, StringComparison.Ordinal);

    private void Run(string program)
    {
        var start = new ProcessStartInfo(DotnetHost.Path, ["exec", program, _folder.FullName]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The walks ended with {process.ExitCode}: {error}");
        }
    }
}
