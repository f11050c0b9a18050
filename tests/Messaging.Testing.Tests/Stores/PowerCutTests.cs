using Messaging.Testing.Stores;

namespace Messaging.Testing.Tests.Stores;

/// <summary>A whole broker on a disk whose power is cut: what was confirmed is kept, and a disk that forgets to sync is found out.</summary>
public sealed class PowerCutTests
{
    private const int Seeds = 40;

    [Fact]
    public async Task CutPower_DurabilityOfPower_LosesNothingConfirmed()
    {
        int lost = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            Ledger ledger = await RunAsync(new SimulatedDisk { SyncsWhenIdle = seed % 2 == 0 }, Durability.Power, seed);
            ledger.Verify().Should().BeNull($"of seed {seed}");
            lost += ledger.CommitsLost;
        }

        lost.Should().BePositive("there is something to lose: the states of what nobody waits for");
    }

    [Fact]
    public async Task CutPower_DurabilityOfProcess_LosesTheLatest()
    {
        var broken = new List<string?>();
        for (int seed = 0; seed < Seeds; seed++)
        {
            broken.Add((await RunAsync(new SimulatedDisk(), Durability.Process, seed)).Verify());
        }

        broken.Should().Contain(violation => violation != null && violation.StartsWith("lost", StringComparison.Ordinal));
        broken.Should().Contain(violation => violation == null);
    }

    [Fact]
    public async Task CutPower_DiskThatDropsSyncs_IsFoundOut()
    {
        int found = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            found += (await RunAsync(new SimulatedDisk { DropsSyncs = true }, Durability.Power, seed)).Verify() is null ? 0 : 1;
        }

        found.Should().BeGreaterThan(Seeds / 3, "most cuts take something");
    }

    /// <summary>Sends, acknowledges and cuts the power, four times over.</summary>
    private static async Task<Ledger> RunAsync(SimulatedDisk disk, Durability durability, int seed)
    {
        var random = new Random(seed);
        var ledger = new Ledger();
        for (int life = 0; life < 4; life++)
        {
            await using TestBroker test = await TestBroker.StartAsync(disk.CreateStore);
            IQueue queue = test.Broker.Queue("orders", new QueueOptions { Durability = durability });
            IProducer<int> producer = queue.Producer<int>();
            IConsumer<int> consumer = queue.Consumer<int>();
            for (int step = random.Next(1, 60); step > 0; step--)
            {
                if (random.Next(2) == 0)
                {
                    int body = ++ledger.Last;
                    await producer.SendAsync(body);
                    ledger.Sent.Add(body);
                }
                else if (consumer.TryReceive(out Delivery<int> delivery))
                {
                    ledger.Receive(delivery.Body);
                    if (random.Next(4) > 0 && await delivery.AckAsync() == Settlement.Acked)
                    {
                        ledger.Acked.Add(delivery.Body);
                    }
                }

                if (random.Next(5) == 0)
                {
                    await test.AdvanceAsync(TimeSpan.FromSeconds(random.Next(60)));
                }
            }

            ledger.CommitsLost += disk.CutPower(random);
        }

        await using TestBroker last = await TestBroker.StartAsync(disk.CreateStore);
        last.Broker.Queue("orders").Handle<int>((delivery, _) =>
        {
            ledger.Receive(delivery.Body);
            ledger.Found.Add(delivery.Body);
            return ValueTask.CompletedTask;
        });
        await last.AdvanceAsync(TimeSpan.FromHours(1));
        return ledger;
    }

    private sealed class Ledger
    {
        private readonly List<int> _afterAck = [];

        public int Last { get; set; }

        public int CommitsLost { get; set; }

        public HashSet<int> Sent { get; } = [];

        public HashSet<int> Acked { get; } = [];

        public HashSet<int> Found { get; } = [];

        public void Receive(int body)
        {
            if (Acked.Contains(body))
            {
                _afterAck.Add(body);
            }
        }

        /// <summary>Tells of the first promise that was broken.</summary>
        public string? Verify()
        {
            int[] lost = [.. Sent.Except(Acked).Except(Found)];
            return lost.Length > 0 ? $"lost: {string.Join(' ', lost)}" : _afterAck.Count > 0 ? $"acknowledged and back: {string.Join(' ', _afterAck)}" : null;
        }
    }
}
