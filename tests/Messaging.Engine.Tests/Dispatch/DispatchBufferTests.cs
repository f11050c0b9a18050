using Messaging.Dispatch;
using Messaging.Scheduling;

namespace Messaging.Engine.Tests.Dispatch;

/// <summary>Numbers that are offered, and who waits for them.</summary>
public sealed class DispatchBufferTests
{
    private readonly DispatchBuffer _buffer = new(new BrokerClock(TimeProvider.System));

    [Fact]
    public async Task Wake_WhileSeveralWait_WakesThemAll()
    {
        Task<bool> first = _buffer.WaitAsync(default).AsTask();
        Task<bool> second = _buffer.WaitAsync(default).AsTask();
        first.IsCompleted.Should().BeFalse();

        _buffer.Write(7);
        _buffer.Wake();

        (await first).Should().BeTrue();
        (await second).Should().BeTrue();
    }

    [Fact]
    public async Task Wait_BehindAWakeForIt_ReturnsAtOnce()
    {
        _buffer.Write(7);
        _buffer.Wake();
        _buffer.TryRead(out long number).Should().BeTrue();
        number.Should().Be(7);

        // Who was about to wait when it was woken looks once more, though another one was faster.
        (await _buffer.WaitAsync(default)).Should().BeTrue();
    }

    [Fact]
    public async Task Wait_WhereNumbersLieThatWokeNobody_ReturnsAtOnce()
    {
        _buffer.Write(7);

        (await _buffer.WaitAsync(default)).Should().BeTrue();
    }

    [Fact]
    public async Task ForgetWake_WhileItsNumbersAreThere_ForgetsNothing()
    {
        _buffer.Write(7);
        _buffer.Wake();

        _buffer.ForgetWake();
        _buffer.TryRead(out _).Should().BeTrue();

        (await _buffer.WaitAsync(default)).Should().BeTrue();
    }

    [Fact]
    public async Task ForgetWake_AfterItsNumbers_HasTheNextOneWait()
    {
        _buffer.Write(7);
        _buffer.Wake();
        _buffer.TryRead(out _).Should().BeTrue();

        _buffer.ForgetWake();
        Task<bool> waiting = _buffer.WaitAsync(default).AsTask();

        waiting.IsCompleted.Should().BeFalse();
        _buffer.Wake();
        (await waiting).Should().BeTrue();
    }

    [Fact]
    public async Task Wait_WithACancelledToken_IsCancelledThoughNumbersLieThere()
    {
        _buffer.Write(7);

        Func<Task> wait = () => _buffer.WaitAsync(new CancellationToken(canceled: true)).AsTask();

        await wait.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Complete_EndsTheWaiting_WithItsCause()
    {
        Task<bool> waiting = _buffer.WaitAsync(default).AsTask();

        _buffer.Complete(new StoreException("The disk is gone."));

        await waiting.Invoking(task => task).Should().ThrowAsync<StoreException>();
        await _buffer.Invoking(buffer => buffer.WaitAsync(default).AsTask()).Should().ThrowAsync<StoreException>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Consumers_ThatParkUnderTheLock_MissNoNumber(int consumers)
    {
        const long Numbers = 200_000;
        var gate = new Lock();
        bool parked = false;
        long read = 0;
        Task[] reading = [.. Enumerable.Range(0, consumers).Select(_ => Task.Run(async () =>
        {
            do
            {
                while (_buffer.TryRead(out long _))
                {
                    if (Interlocked.Increment(ref read) == Numbers)
                    {
                        _buffer.Complete();
                    }
                }

                lock (gate)
                {
                    _buffer.ForgetWake();
                    parked = true;
                }
            }
            while (await _buffer.WaitAsync(default));
        }))];
        for (long number = 1; number <= Numbers; number++)
        {
            lock (gate)
            {
                _buffer.Write(number);
                if (parked)
                {
                    _buffer.Wake();
                    parked = false;
                }
            }
        }

        await Task.WhenAll(reading).WaitAsync(TimeSpan.FromMinutes(1));

        read.Should().Be(Numbers);
    }
}
