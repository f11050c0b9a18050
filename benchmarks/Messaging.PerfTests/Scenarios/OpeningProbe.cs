using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The child process of D3: opens a file as the first thing it does, and tells what it cost.</summary>
internal static class OpeningProbe
{
    public const string Verb = "--probe-opening";
    public const string Queue = "d3";

    // A queue's options are not stored; its backlog must fit.
    public static readonly QueueOptions Options = new() { Capacity = 2_000_000 };

    private const double Megabyte = 1 << 20;

    /// <summary>Runs in the child.</summary>
    /// <param name="args">The file and the number of messages that wait in it.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        string file = args[0];
        long expected = long.Parse(args[1], CultureInfo.InvariantCulture);
        long heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        long setBefore = Environment.WorkingSet;

        long started = Stopwatch.GetTimestamp();
        MessageBroker broker = await MessageBroker.OpenAsync(file);
        IQueue queue = broker.Queue(Queue, Options);
        double open = Milliseconds(started);
        long setOpened = Environment.WorkingSet;
        long heapOpened = GC.GetTotalMemory(forceFullCollection: true);
        long ready = queue.Statistics.Ready;
        WrongResultException.ThrowUnless(ready == expected, $"{ready:N0} messages wait in the file instead of {expected:N0}.");

        started = Stopwatch.GetTimestamp();
        IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>();
        Delivery<ReadOnlyMemory<byte>> first = await consumer.ReceiveAsync();
        double received = Milliseconds(started);
        long setReceived = Environment.WorkingSet;
        long number = RawBody.NumberOf(first.Body);
        WrongResultException.ThrowUnless(number == 0 && first.Sequence == 1, $"Message {number:N0} came first.");
        await consumer.DisposeAsync();
        await broker.DisposeAsync();

        started = Stopwatch.GetTimestamp();
        broker = await MessageBroker.OpenAsync(file);
        ready = broker.Queue(Queue, Options).Statistics.Ready;
        double reopen = Milliseconds(started);
        await broker.DisposeAsync();
        WrongResultException.ThrowUnless(ready == expected, $"{ready:N0} messages wait after reopening instead of {expected:N0}.");
        Console.WriteLine(JsonSerializer.Serialize(new OpeningFigures(
            open,
            (setOpened - setBefore) / Megabyte,
            (heapOpened - heapBefore) / Megabyte,
            received,
            (setReceived - setBefore) / Megabyte,
            reopen)));
        return ExitCode.Success;
    }

    /// <summary>Runs in the parent: starts the child and reads what it says.</summary>
    public static async Task<OpeningFigures> StartAsync(string file, long expected, CancellationToken cancellationToken)
    {
        using var child = new Process();
        child.StartInfo = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            child.StartInfo.ArgumentList.Add(typeof(OpeningProbe).Assembly.Location);
        }

        child.StartInfo.ArgumentList.Add(Verb);
        child.StartInfo.ArgumentList.Add(file);
        child.StartInfo.ArgumentList.Add(expected.ToString(CultureInfo.InvariantCulture));
        child.Start();
        try
        {
            Task<string> output = child.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = child.StandardError.ReadToEndAsync(cancellationToken);
            await child.WaitForExitAsync(cancellationToken);
            WrongResultException.ThrowUnless(child.ExitCode == 0, $"The child that opens the file ended with {child.ExitCode}: {await error}");
            return JsonSerializer.Deserialize<OpeningFigures>(await output)!;
        }
        finally
        {
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
            }
        }
    }

    private static double Milliseconds(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
