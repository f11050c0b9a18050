using System.Diagnostics;
using System.Runtime.InteropServices;
using Messaging;
using Quickstart;

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
string? folder = null;
bool keep = false;
try
{
    var commandLine = CommandLine.Parse(args);
    if (commandLine.Help)
    {
        Console.WriteLine(CommandLine.Usage);
        return 0;
    }

    if (commandLine.WorkerFolder is { } workerFolder)
    {
        // The first process holds the other end of the input. When it is gone, nobody needs this one.
        _ = Task.Run(() =>
        {
            Console.In.ReadToEnd();
            stop.Cancel();
        });
        await new Worker(workerFolder, commandLine.WorkerFrom).RunAsync(stop.Token);
        return 0;
    }

    var watch = Stopwatch.StartNew();
    keep = commandLine.Keep;
    TextInput input = InputFinder.Find(commandLine.Paths);
    folder = Directory.CreateTempSubdirectory("messaging-quickstart-").FullName;
    JobResult result = await new Job(input, folder).RunAsync(stop.Token);
    Report.Print(result, watch.Elapsed);
    return result.IsEqual ? 0 : 1;
}
catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"Quickstart: {e.Message}");
    return 2;
}
catch (Exception e) when (e is MessagingException or WorkerDiedException)
{
    Console.Error.WriteLine($"Quickstart: {e.Message}");
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
finally
{
    if (folder is not null && keep)
    {
        Console.WriteLine($"kept: {folder}");
    }
    else if (folder is not null)
    {
        Directory.Delete(folder, recursive: true);
    }
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
