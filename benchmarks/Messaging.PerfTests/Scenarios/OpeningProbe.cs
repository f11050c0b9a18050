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
    public static readonly QueueOptions Options = new() { Capacity = 20_000_000 };

    private const double Megabyte = 1 << 20;

    // Each round receives one message and gives it back. It is a redelivery then, which may come after first deliveries.
    private const int MostRounds = 100;

    /// <summary>Runs in the child.</summary>
    /// <param name="args">The file, the number of messages that wait in it, and perhaps another file to open before.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length > 2)
        {
            await MeasureAsync(args[2], expected: 1);
        }

        OpeningFigures figures = await MeasureAsync(args[0], long.Parse(args[1], CultureInfo.InvariantCulture));
        Console.WriteLine(JsonSerializer.Serialize(figures));
        return ExitCode.Success;
    }

    /// <summary>Runs in the parent: starts the child and reads what it says.</summary>
    public static async Task<OpeningFigures> StartAsync(
        string file, long expected, string? warmup, CancellationToken cancellationToken)
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
        if (warmup is not null)
        {
            child.StartInfo.ArgumentList.Add(warmup);
        }

        child.Start();
        try
        {
            Task<string> output = child.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = child.StandardError.ReadToEndAsync(cancellationToken);
            await child.WaitForExitAsync(cancellationToken);
            string said = await error;
            WrongResultException.ThrowUnless(child.ExitCode == 0, $"The child that opens the file ended with {child.ExitCode}: {said}");
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

    private static async Task<OpeningFigures> MeasureAsync(string file, long expected)
    {
        long heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        long setBefore = Environment.WorkingSet;
        long started = Stopwatch.GetTimestamp();
        await using MessageBroker broker = await MessageBroker.OpenAsync(file);
        IQueue queue = broker.Queue(Queue, Options);
        double open = Milliseconds(started);
        long setOpened = Environment.WorkingSet;
        long heapOpened = GC.GetTotalMemory(forceFullCollection: true);
        long waiting = Unsettled(queue);
        WrongResultException.ThrowUnless(waiting == expected, $"{waiting:N0} messages wait in the file instead of {expected:N0}.");

        started = Stopwatch.GetTimestamp();
        await using IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>();
        Delivery<ReadOnlyMemory<byte>> first = await consumer.ReceiveAsync();
        double received = Milliseconds(started);
        long setReceived = Environment.WorkingSet;
        long number = RawBody.NumberOf(first.Body);
        WrongResultException.ThrowUnless(
            number < MostRounds && first.Sequence == number + 1, $"Message {number:N0} came first, with number {first.Sequence:N0}.");
        return new OpeningFigures(
            open,
            (setOpened - setBefore) / Megabyte,
            (heapOpened - heapBefore) / Megabyte,
            received,
            (setReceived - setBefore) / Megabyte);
    }

    /// <summary>Counts what is there to be delivered: the message that was received and returned is a redelivery, due at once.</summary>
    private static long Unsettled(IQueue queue) => queue.Statistics.Ready + queue.Statistics.Waiting;

    private static double Milliseconds(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
