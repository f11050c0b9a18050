using Messaging.Bounds;

namespace Messaging.Engine.Tests.Bounds;

public sealed class GateTests
{
    private readonly Gate _gate = new("orders") { Capacity = 3 };
    private readonly RoomMaker _maker = new();

    [Fact]
    public void TryEnter_UpToTheCapacity_EntersAndNotBeyond()
    {
        _gate.TryEnter(2).Should().BeTrue();
        _gate.TryEnter(2).Should().BeFalse();
        _gate.TryEnter(1).Should().BeTrue();
        _gate.TryEnter(1).Should().BeFalse();

        _gate.Leave(2);
        _gate.TryEnter(2).Should().BeTrue();
    }

    [Fact]
    public async Task Leave_WhileALookIsDue_LetsWaitingSendersInWhenThereIsAQuarterOfTheRoom()
    {
        var gate = new Gate("orders") { Capacity = 8 };
        int looks = 0;
        var maker = new RoomMaker
        {
            Soon = () =>
            {
                looks++;
                gate.IsLookDue = true;
            },
        };
        gate.TryEnter(8).Should().BeTrue();
        Task entering = gate.EnterAsync(1, maker, CancellationToken.None).AsTask();
        looks.Should().Be(1);
        gate.WantsLook.Should().BeFalse("the look is due anyway");

        gate.Leave(1);
        entering.IsCompleted.Should().BeFalse();
        gate.Leave(1);

        await entering;
        gate.Held.Should().Be(7);
    }

    [Fact]
    public async Task LetIn_WhenTheLookIsMade_LetsInForWhomThereIsRoom()
    {
        var gate = new Gate("orders") { Capacity = 8 };
        var maker = new RoomMaker { Soon = () => gate.IsLookDue = true };
        gate.TryEnter(8).Should().BeTrue();
        Task entering = gate.EnterAsync(1, maker, CancellationToken.None).AsTask();
        Task second = gate.EnterAsync(1, maker, CancellationToken.None).AsTask();
        (gate.HasWaiting, gate.IsLookDue).Should().Be((true, true));
        gate.Leave(1);

        gate.IsLookDue = false;
        gate.WantsLook.Should().BeTrue();
        gate.LetIn();

        await entering;
        gate.Leave(1);
        await second;
    }

    [Fact]
    public async Task Enter_RefusingAndFull_LooksForRoomFirst()
    {
        _gate.FullMode = FullMode.Refuse;
        _maker.Now = () => _gate.Leave(1);
        await Enter(3);

        await Enter(1);

        _gate.Held.Should().Be(3);
    }

    [Fact]
    public void Add_WithoutAsking_CountsBeyondTheCapacity()
    {
        _gate.Add(5);

        _gate.Leave(2);
        _gate.TryEnter(1).Should().BeFalse();
        _gate.Leave(1);
        _gate.TryEnter(1).Should().BeTrue();
    }

    [Fact]
    public async Task Enter_RefusingAndFull_Throws()
    {
        _gate.FullMode = FullMode.Refuse;
        await Enter(3);

        await this.Awaiting(test => test.Enter(1)).Should().ThrowAsync<QueueFullException>().WithMessage("*orders*");
        _gate.Leave(1);
        await Enter(1);
    }

    [Fact]
    public async Task Enter_MoreThanTheCapacity_IsRefusedRatherThanWaitingForever() =>
        await this.Awaiting(test => test.Enter(4)).Should().ThrowAsync<QueueFullException>();

    [Fact]
    public async Task Enter_DroppingTheOldest_MakesRoomAsOftenAsNeeded()
    {
        int dropped = 0;
        _gate.FullMode = FullMode.DropOldest;
        _maker.Drop = () =>
        {
            dropped++;
            _gate.Leave(1);
            return true;
        };
        await Enter(3);

        await Enter(2);

        dropped.Should().Be(2);
    }

    [Fact]
    public async Task Enter_NothingCanBeDropped_IsRefused()
    {
        _gate.FullMode = FullMode.DropOldest;
        _maker.Drop = static () => false;
        await Enter(3);

        await this.Awaiting(test => test.Enter(1)).Should().ThrowAsync<QueueFullException>();
    }

    [Fact]
    public async Task Waiters_AsRoomComes_EnterInTheirOrder()
    {
        await Enter(3);
        Task first = Enter(2);
        Task second = Enter(1);

        _gate.Leave(1);
        (first.IsCompleted, second.IsCompleted).Should().Be((false, false), "the second does not overtake the first");
        _gate.TryEnter(1).Should().BeFalse("nor does anybody else");
        _gate.Leave(1);
        await first;
        second.IsCompleted.Should().BeFalse();
        _gate.Leave(1);
        await second;

        _gate.TryEnter(1).Should().BeFalse();
        _gate.Leave(3);
        _gate.TryEnter(3).Should().BeTrue("all that entered has been counted once");
    }

    [Fact]
    public async Task Waiter_CancelledAtTheHead_DoesNotHoldUpTheOthers()
    {
        using var cancelled = new CancellationTokenSource();
        await Enter(3);
        Task large = Enter(3, cancelled.Token);
        Task small = Enter(1);
        _gate.Leave(1);
        small.IsCompleted.Should().BeFalse();

        await cancelled.CancelAsync();

        await this.Awaiting(_ => large).Should().ThrowAsync<OperationCanceledException>();
        await small.WaitAsync(TimeSpan.FromSeconds(30));
        _gate.Leave(3);
        _gate.TryEnter(3).Should().BeTrue("the cancelled waiter took no room");
    }

    [Fact]
    public async Task Waiter_CancelledBeforeItWaits_TakesNoRoom()
    {
        await Enter(3);

        await this.Awaiting(test => test.Enter(1, new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();

        _gate.Leave(3);
        _gate.TryEnter(3).Should().BeTrue();
    }

    [Fact]
    public async Task Close_WithWaiters_EndsThemAndRefusesFurtherOnes()
    {
        await Enter(3);
        Task waiting = Enter(1);

        _gate.Close(new ObjectDisposedException("MessageBroker"));

        await this.Awaiting(_ => waiting).Should().ThrowAsync<ObjectDisposedException>();
        await this.Awaiting(test => test.Enter(1)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task ManySenders_WithAConsumerThatMakesRoom_AllEnterAndNeverTooMany()
    {
        const int Senders = 4;
        const int Each = 2_000;
        long inside = 0;
        long most = 0;
        using var entered = new SemaphoreSlim(0);
        async Task SendAsync()
        {
            for (int i = 0; i < Each; i++)
            {
                await Enter(1);
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                entered.Release();
            }
        }

        Task[] senders = [.. Enumerable.Range(0, Senders).Select(_ => Task.Run(SendAsync))];
        for (int i = 0; i < Senders * Each; i++)
        {
            (await entered.WaitAsync(TimeSpan.FromSeconds(30))).Should().BeTrue();
            Interlocked.Decrement(ref inside);
            _gate.Leave(1);
        }

        await Task.WhenAll(senders);
        most.Should().BeInRange(1, 3);
        _gate.TryEnter(3).Should().BeTrue();
    }

    private static void InterlockedMax(ref long most, long value)
    {
        long seen = Volatile.Read(ref most);
        while (value > seen)
        {
            long now = Interlocked.CompareExchange(ref most, value, seen);
            seen = now == seen ? value : now;
        }
    }

    private Task Enter(int count, CancellationToken cancellationToken = default) => _gate.EnterAsync(count, _maker, cancellationToken).AsTask();

    private sealed class RoomMaker : IRoomMaker
    {
        public Action Now { get; set; } = static () => { };

        public Action Soon { get; init; } = static () => { };

        public Func<bool> Drop { get; set; } = static () => false;

        public void FindRoom() => Now();

        public void FindRoomSoon() => Soon();

        public bool TryDropOldest() => Drop();
    }
}
