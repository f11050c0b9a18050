using System.Diagnostics;
using HdrHistogram;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A stopwatch from one send to the start of its handling, one message at a time.</summary>
internal sealed class LatencyProbe(long samples) : IDisposable
{
    private readonly long[] _latencies = new long[samples];
    private readonly SemaphoreSlim _handled = new(0);

    // Written by the sender before it sends, read by the handler: the hand-over orders them.
    private long _sentAt;
    private int _sendingThread;
    private TaskCompletionSource? _awaited;

    // Written by the handler.
    private long _count;
    private long _onSendersThread;

    /// <summary>Prepares the wait of a sender that gives its thread back: what it does between its send and that is in the way of the handler.</summary>
    public Task PrepareWait()
    {
        _awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _awaited.Task;
    }

    /// <summary>Ends a prepared wait.</summary>
    public void CancelWait() => _awaited?.TrySetCanceled();

    public void BeforeSend()
    {
        Volatile.Write(ref _sendingThread, Environment.CurrentManagedThreadId);
        _sentAt = Stopwatch.GetTimestamp();
    }

    public void AfterSend() => Volatile.Write(ref _sendingThread, 0);

    public void OnHandling(long number)
    {
        long now = Stopwatch.GetTimestamp();

        // The same thread later is fine, and is how an idle pool works. The same thread within the send is not.
        if (Volatile.Read(ref _sendingThread) == Environment.CurrentManagedThreadId)
        {
            _onSendersThread++;
        }

        _latencies[number] = now - _sentAt;
        _count++;
        if (_awaited is { } awaited)
        {
            awaited.TrySetResult();
        }
        else
        {
            _handled.Release();
        }
    }

    public void Wait(CancellationToken cancellationToken) => _handled.Wait(cancellationToken);

    /// <summary>Lets everything come to rest.</summary>
    public static void Pause(TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            Thread.SpinWait(20);
        }
    }

    public LongHistogram Verified()
    {
        WrongResultException.ThrowUnless(_count == samples, $"{_count:N0} of {samples:N0} messages were handled.");
        WrongResultException.ThrowUnless(_onSendersThread == 0, $"{_onSendersThread:N0} handlers ran inside of the send, on the sender's thread.");
        WrongResultException.ThrowUnless(_latencies.All(static l => l > 0), "A message was not handled, or before it was sent.");
        return Latency.FromTimestamps(_latencies);
    }

    public void Dispose() => _handled.Dispose();
}
