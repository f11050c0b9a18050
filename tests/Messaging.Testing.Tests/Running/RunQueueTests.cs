using Messaging.Testing.Running;

namespace Messaging.Testing.Tests.Running;

public sealed class RunQueueTests
{
    [Fact]
    public void Take_WithoutASeed_FollowsTheOrderOfComing()
    {
        var queue = new RunQueue(seed: null);
        Add(queue, "a", "b");

        queue.TryTake(out WorkItem first, out (int Chosen, int Of) choice).Should().BeTrue();
        Add(queue, "c");

        first.State.Should().Be("a");
        choice.Should().Be((0, 2));
        TakeAll(queue).Should().Equal("b", "c");
        queue.TryTake(out _, out _).Should().BeFalse();
    }

    [Fact]
    public void Take_WithASeed_IsTheSameInEachRunAndOtherwiseForOtherSeeds()
    {
        string[] orders = [.. Enumerable.Range(0, 20).Select(Order)];

        orders.Should().Equal(Enumerable.Range(0, 20).Select(Order));
        orders.Distinct().Should().HaveCountGreaterThan(10);

        static string Order(int seed)
        {
            var queue = new RunQueue(seed);
            Add(queue, "a", "b", "c", "d", "e");
            return string.Concat(TakeAll(queue));
        }
    }

    [Fact]
    public void Take_CallsAmongOtherWork_KeepTheirOrderWhateverTheSeed()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var queue = new RunQueue(seed);
            for (int i = 0; i < 5; i++)
            {
                Add(queue, "work");
                queue.Add(new WorkItem(static _ => { }, $"call {i}", queue.NextCall()));
            }

            TakeAll(queue).Where(static taken => taken != "work").Should().Equal("call 0", "call 1", "call 2", "call 3", "call 4");
        }
    }

    [Fact]
    public void HasArrivals_UntilTheNextTake_IsTrue()
    {
        var queue = new RunQueue(seed: null);
        Add(queue, "a", "b");
        queue.HasArrivals.Should().BeTrue();

        queue.TryTake(out _, out _);

        queue.HasArrivals.Should().BeFalse();
    }

    private static void Add(RunQueue queue, params string[] names) =>
        Array.ForEach(names, name => queue.Add(new WorkItem(static _ => { }, name)));

    private static List<string> TakeAll(RunQueue queue)
    {
        var taken = new List<string>();
        while (queue.TryTake(out WorkItem item, out _))
        {
            taken.Add((string)item.State!);
        }

        return taken;
    }
}
