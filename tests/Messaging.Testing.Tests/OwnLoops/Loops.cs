using System.Threading.Channels;

namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>Loops as applications write them. They know a broker and a clock, and not who tests them.</summary>
internal static class Loops
{
    /// <summary>The plain loop, with work of the real world between the receipt and the ack.</summary>
    public static async Task HandleAsync<T>(IConsumer<T> consumer, Action<T> handle, CancellationToken stop)
    {
        while (true)
        {
            Delivery<T> delivery = await consumer.ReceiveAsync(stop);
            await RealWorkAsync();
            handle(delivery.Body);
            await delivery.AckAsync(CancellationToken.None);
        }
    }

    /// <summary>Writes what comes in batches: a full one at once, one that is not full when its first message has waited for a time.</summary>
    public static async Task WriteBatchesAsync<T>(
        IConsumer<T> consumer, int size, TimeSpan patience, TimeSpan writing, TimeProvider time, Action<IReadOnlyList<T>> write, CancellationToken stop)
    {
        while (true)
        {
            List<Delivery<T>> batch = await CollectAsync(consumer, size, patience, time, stop);
            await RealWorkAsync();
            await Task.Delay(writing, time, stop);
            write([.. batch.Select(delivery => delivery.Body)]);
            foreach (Delivery<T> delivery in batch)
            {
                await delivery.AckAsync(stop);
            }
        }
    }

    /// <summary>Moves messages from one place to another, on the thread pool.</summary>
    public static async Task RelayAsync<T>(IConsumer<T> from, IProducer<T> to, CancellationToken stop)
    {
        while (true)
        {
            Delivery<T> delivery = await from.ReceiveAsync(stop).ConfigureAwait(false);
            await Task.Run(RealWork, stop).ConfigureAwait(false);
            await to.SendAsync(delivery.Body, cancellationToken: stop).ConfigureAwait(false);
            await delivery.AckAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Polls with a time limit, handles, commits what it has handled, and does something else when nothing came.</summary>
    public static async Task PollAsync<T>(IConsumer<T> consumer, TimeProvider time, Action<T> handle, Action idle, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            IReadOnlyList<Delivery<T>> polled = await consumer.ReceiveBatchAsync(10, TimeSpan.FromSeconds(1), stop).ConfigureAwait(false);
            if (polled.Count == 0)
            {
                idle();
            }

            foreach (Delivery<T> delivery in polled)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), time, stop).ConfigureAwait(false);
                await Task.Run(RealWork, stop).ConfigureAwait(false);
                handle(delivery.Body);
            }

            foreach (Delivery<T> delivery in polled)
            {
                await delivery.AckAsync(stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Hands what it receives to workers over a channel.</summary>
    public static async Task FanOutAsync<T>(IConsumer<T> consumer, int workers, TimeSpan handling, TimeProvider time, Action<T> handle, CancellationToken stop)
    {
        Channel<Delivery<T>> channel = Channel.CreateBounded<Delivery<T>>(workers);
        Task[] running = [.. Enumerable.Range(0, workers).Select(_ => WorkAsync())];
        while (!stop.IsCancellationRequested)
        {
            await channel.Writer.WriteAsync(await consumer.ReceiveAsync(stop), stop);
        }

        await Task.WhenAll(running);

        async Task WorkAsync()
        {
            await foreach (Delivery<T> delivery in channel.Reader.ReadAllAsync(stop))
            {
                await Task.Delay(handling, time, stop);
                handle(delivery.Body);
                await delivery.AckAsync(stop);
            }
        }
    }

    /// <summary>Does something at each tick, on the thread pool or where it was called.</summary>
    public static async Task TickAsync(TimeSpan period, TimeProvider time, Func<Task> act, bool onThePool, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(!onThePool))
        {
            await RealWorkAsync().ConfigureAwait(!onThePool);
            await act().ConfigureAwait(!onThePool);
        }
    }

    /// <summary>Blocks a thread of its own, as clients of other brokers do.</summary>
    public static void BlockAndHandle<T>(IConsumer<T> consumer, Action<T> handle, CancellationToken stop)
    {
        while (true)
        {
            Delivery<T> delivery = consumer.ReceiveAsync(stop).AsTask().GetAwaiter().GetResult();
            RealWork();
            handle(delivery.Body);
            delivery.AckAsync(stop).AsTask().GetAwaiter().GetResult();
        }
    }

    public static Task RealWorkAsync() => Task.Run(RealWork);

    /// <summary>Takes some milliseconds of a processor.</summary>
    public static void RealWork() => Thread.SpinWait(100_000);

    private static async Task<List<Delivery<T>>> CollectAsync<T>(
        IConsumer<T> consumer, int size, TimeSpan patience, TimeProvider time, CancellationToken stop)
    {
        List<Delivery<T>> batch = [await consumer.ReceiveAsync(stop)];
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            while (batch.Count < size)
            {
                batch.Add(await consumer.ReceiveAsync(either.Token));
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
        }

        return batch;
    }
}
