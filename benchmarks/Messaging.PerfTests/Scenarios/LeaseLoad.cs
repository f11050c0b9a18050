using System.Diagnostics;
using HdrHistogram;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A consumer that holds many deliveries and, as fast as it can, takes the next one and acknowledges the one it holds longest; one in a hundred it never acknowledges.</summary>
/// <remarks>One thread does that and sends what is needed, so all else that takes processor time is the broker's work beside
/// it: to find what has expired and to give it out again.</remarks>
internal sealed class LeaseLoad(IProducer<Payload> producer, IConsumer<Payload> consumer, int held, TimeSpan lease)
{
    private const int LostOfHundred = 37;
    private const int MostWaiting = 1_000;
    private const long MostLost = 2_000_000;
    private const long ToleranceTicks = 10;

    // One for all, and the sequence number says which message it is: what is lost pins all that comes after it for the time of a
    // lease, and the collector's pauses for two million bodies would be measured instead.
    private readonly Payload _body = Payload.Of(0);

    // Deliveries in the order of receipt; what is lost stays out.
    private readonly Queue<Delivery<Payload>> _held = new(held + 1);

    // When the lease of a lost one ends, by the number of its hundred; 0 once it has come again.
    private readonly long[] _ends = new long[MostLost];
    private readonly long _leaseTimestamps = (long)(lease.TotalSeconds * Stopwatch.Frequency);
    private LongHistogram _lateness = Latency.NewHistogram();
    private long _sent;
    private long _waiting;
    private long _acks;
    private long _lost;
    private long _returned;

    /// <summary>Runs until the first lost leases have ended, then measures.</summary>
    public LeaseFigures Run(TimeSpan measured, CancellationToken cancellationToken)
    {
        RunFor(lease + TimeSpan.FromSeconds(1), cancellationToken);
        _lateness = Latency.NewHistogram();
        (long acks, long lost, long started) = (_acks, _lost, Stopwatch.GetTimestamp());
        (TimeSpan cpu, TimeSpan? own) = (Environment.CpuUsage.TotalTime, ThreadTime.Read());
        RunFor(measured, cancellationToken);
        var figures = new LeaseFigures(
            Latency.Of(_lateness),
            _lateness.GetMaxValue() / 1_000.0,
            _acks - acks,
            _lost - lost,
            Stopwatch.GetElapsedTime(started),
            Environment.CpuUsage.TotalTime - cpu,
            ThreadTime.Read() - own);
        Drain(cancellationToken);
        return figures;
    }

    private void RunFor(TimeSpan time, CancellationToken cancellationToken)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = _waiting >= MostWaiting ? 0 : MostWaiting; i > 0; i--)
            {
                producer.SendAsync(_body).GetAwaiter().GetResult();
                _sent++;
                _waiting++;
            }

            for (int i = 0; i < MostWaiting / 2; i++)
            {
                Step();
            }
        }
    }

    private void Step()
    {
        long now = Stopwatch.GetTimestamp();
        WrongResultException.ThrowUnless(consumer.TryReceive(out Delivery<Payload> delivery), "A message that was sent did not come.");
        Take(delivery, now);
        if (_held.Count > held)
        {
            Ack(_held.Dequeue());
        }
    }

    /// <summary>Takes a delivery into the hands, or loses it.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="now">A time just before its lease began, so that no lateness comes out too small.</param>
    private void Take(in Delivery<Payload> delivery, long now)
    {
        long number = delivery.Sequence;
        if (delivery.Attempt == 1)
        {
            _waiting--;
            if (number % 100 == LostOfHundred)
            {
                _ends[number / 100] = now + _leaseTimestamps;
                _lost++;
                return;
            }
        }
        else
        {
            ref long end = ref _ends[number / 100];
            WrongResultException.ThrowUnless(delivery.Attempt == 2 && number % 100 == LostOfHundred && end != 0, $"Message {number:N0} came again, for the {delivery.Attempt}. time.");
            long late = (long)((Stopwatch.GetTimestamp() - end) * (1e9 / Stopwatch.Frequency));
            WrongResultException.ThrowUnless(late >= -ToleranceTicks * TimeSpan.NanosecondsPerTick, $"The lease of message {number:N0} ended {-late:N0} ns early.");
            _lateness.RecordValue(Math.Max(1, late));
            end = 0;
            _returned++;
        }

        _held.Enqueue(delivery);
    }

    private void Ack(in Delivery<Payload> delivery)
    {
        Settlement settlement = delivery.AckAsync().GetAwaiter().GetResult();
        WrongResultException.ThrowUnless(settlement == Settlement.Acked, $"The acknowledgement of a message that was held too long returned {settlement}.");
        _acks++;
    }

    /// <summary>Acknowledges all that is held and waits for all that was lost.</summary>
    private void Drain(CancellationToken cancellationToken)
    {
        while (_acks < _sent)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (_held.TryDequeue(out Delivery<Payload> delivery))
            {
                Ack(delivery);
            }

            long now = Stopwatch.GetTimestamp();
            if (consumer.TryReceive(out Delivery<Payload> next))
            {
                Take(next, now);
            }
            else
            {
                Thread.Sleep(1);
            }
        }

        WrongResultException.ThrowUnless(_returned == _lost, $"{_lost:N0} acknowledgements were lost and {_returned:N0} messages came again.");
    }
}
