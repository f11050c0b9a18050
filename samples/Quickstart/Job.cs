using Messaging;

namespace Quickstart;

/// <summary>The story of this sample, from the first line sent to the counts compared.</summary>
internal sealed class Job(TextInput input, string folder)
{
    public const string InputFileName = "input.json";

    public async Task<JobResult> RunAsync(CancellationToken cancellationToken)
    {
        JobResult result = CountWithoutBroker();
        input.Save(Path.Combine(folder, InputFileName));
        await SendAndHandleAsync(result, cancellationToken);

        // The worker has ended, so the file is free. From here on, this process owns it.
        await using TextBroker broker = await TextBroker.OpenAsync(folder, cancellationToken);
        await RedriveAsync(broker, result, cancellationToken);
        await ReadSubscriptionsAsync(broker, result, cancellationToken);
        return result;
    }

    private JobResult CountWithoutBroker()
    {
        var result = new JobResult();
        foreach (Line line in input.ReadLines())
        {
            result.Lines++;
            result.Files += line.Number == 1 ? 1 : 0;
            result.ExpectedWords.Add(line);
            result.ExpectedLongest.Add(line);
        }

        return result.Lines > 0 ? result : throw new InputException("There is no line of text in the input.");
    }

    /// <summary>A worker process begins, is killed half-way, and another one finishes.</summary>
    private async Task SendAndHandleAsync(JobResult result, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Sending {result.Lines:N0} lines from {result.Files:N0} {(result.Files == 1 ? "file" : "files")} through a queue on disk.");
        var bar = new ProgressBar(result.Lines);
        WorkerProgress last = await RunWorkerAsync(from: 0, killAt: (result.Lines + 1) / 2, bar, cancellationToken);
        if (!last.Finished)
        {
            bar.Say("Killed the worker process with SIGKILL, half-way. Starting another one.");
            result.Killed = last;
            last = await RunWorkerAsync(last.Sent, killAt: long.MaxValue, bar, cancellationToken);
        }

        result.Finished = last;
        bar.Say("All lines are handled, or dead-lettered.");
    }

    private async Task<WorkerProgress> RunWorkerAsync(long from, long killAt, ProgressBar bar, CancellationToken cancellationToken)
    {
        var last = new WorkerProgress();
        bool killed = false;
        await using WorkerProcess worker = WorkerProcess.Start(folder, from);
        await foreach (WorkerProgress progress in worker.ReadProgressAsync(cancellationToken))
        {
            last = progress;
            bar.Show(progress.Settled);
            if (progress.Settled >= killAt)
            {
                worker.Kill();
                killed = true;
            }
        }

        return last.Finished || killed ? last : throw new WorkerDiedException();
    }

    /// <summary>Looks at the dead letters, then hands them to handlers in which the bug is fixed.</summary>
    private static async Task RedriveAsync(TextBroker broker, JobResult result, CancellationToken cancellationToken)
    {
        await foreach (DeadLetter letter in broker.Lines.DeadLetters.PeekAsync(cancellationToken))
        {
            result.DeadLetters.Add(letter);
        }

        result.Redriven = await broker.Lines.DeadLetters.RedriveAsync(cancellationToken: cancellationToken);
        var handler = new LineHandler(broker, new LineFaults(bugFixed: true));
        await using (broker.Lines.Handle<Line>(handler.HandleAsync, LineHandler.Options))
        {
            await TextBroker.WhenDoneAsync(broker.Lines, cancellationToken);
        }

        result.AckedAfterRedrive = broker.Lines.Statistics.Acked;
    }

    /// <summary>Both subscriptions were away all the time. They catch up now, each on its own.</summary>
    private static async Task ReadSubscriptionsAsync(TextBroker broker, JobResult result, CancellationToken cancellationToken)
    {
        var words = new SubscriptionReader(broker.Words);
        var lengths = new SubscriptionReader(broker.Lengths);
        await Task.WhenAll(
            words.ReadAsync(result.Words.Add, cancellationToken),
            lengths.ReadAsync(result.Longest.Add, cancellationToken));

        result.Arrived = Math.Min(words.Lines, lengths.Lines);
        result.Repeated = words.Repeated + lengths.Repeated;
        result.Redelivered = words.Redeliveries + result.Finished.HandledTwice + result.DeadLetters.Sum(letter => letter.Attempts - 1);
    }
}
