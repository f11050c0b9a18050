using System.Text.Json;
using Messaging;

namespace Quickstart;

/// <summary>The worker process: sends the lines, handles them, and says how far it is. It is killed half-way, and knows
/// nothing of that: there is no code here for the case.</summary>
internal sealed class Worker(string folder, int from)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        WorkerProgress last;
        await using (TextBroker broker = await TextBroker.OpenAsync(folder, cancellationToken))
        {
            last = await WorkAsync(broker, cancellationToken);
        }

        // Only when the broker has closed its file is the last ack on disk.
        Report(last with { Finished = true });
    }

    private async Task<WorkerProgress> WorkAsync(TextBroker broker, CancellationToken cancellationToken)
    {
        SubscriptionStatistics found = broker.Lines.Statistics;
        var sender = new LineSender(broker.Lines);
        var handler = new LineHandler(broker, new LineFaults(bugFixed: false));
        await using IWorker running = broker.Lines.Handle<Line>(handler.HandleAsync, LineHandler.Options);

        Task work = SendAndHandleAsync(broker.Lines, sender, cancellationToken);
        while (!work.IsCompleted)
        {
            Report(Progress());
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken));
        }

        await work;
        return Progress();

        WorkerProgress Progress()
        {
            SubscriptionStatistics now = broker.Lines.Statistics;
            return new WorkerProgress
            {
                Found = found.Ready + found.Leased + found.Waiting,
                FoundDead = found.Dead,
                Sent = sender.Sent,
                SentTwice = sender.SentTwice,
                HandledTwice = handler.HandledTwice,
                Acked = now.Acked,
                Settled = Math.Max(0, sender.Sent - now.Ready - now.Leased - now.Waiting),
            };
        }
    }

    private async Task SendAndHandleAsync(IQueue lines, LineSender sender, CancellationToken cancellationToken)
    {
        var input = TextInput.Load(Path.Combine(folder, Job.InputFileName));
        await sender.SendAsync(input.ReadLines(), from, cancellationToken);
        await TextBroker.WhenDoneAsync(lines, cancellationToken);
    }

    private static void Report(WorkerProgress progress) =>
        Console.WriteLine(JsonSerializer.Serialize(progress, QuickstartJson.Default.WorkerProgress));
}
