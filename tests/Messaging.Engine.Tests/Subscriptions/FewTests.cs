using Messaging.Subscriptions;

namespace Messaging.Engine.Tests.Subscriptions;

public sealed class FewTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Items_AsManyAsThereAre_ComeInTheirOrder(int count)
    {
        Few<int> few = default;

        for (int i = 0; i < count; i++)
        {
            few.Add(i * 10);
        }

        few.Count.Should().Be(count);
        Items(few).Should().Equal(Enumerable.Range(0, count).Select(static i => i * 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Item_SetAnew_ReplacesTheOneThatWasThere(int index)
    {
        Few<int> few = default;
        few.Add(0);
        few.Add(1);
        few.Add(2);

        few[index] = 9;

        int[] expected = [0, 1, 2];
        expected[index] = 9;
        Items(few).Should().Equal(expected);
    }

    [Fact]
    public void FirstItem_Added_TakesNoMemory()
    {
        Few<long> few = default;
        few.Add(1);
        few = default;
        long before = GC.GetAllocatedBytesForCurrentThread();

        few.Add(2);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        few[0].Should().Be(2);
    }

    private static List<int> Items(in Few<int> few)
    {
        List<int> items = [];
        for (int i = 0; i < few.Count; i++)
        {
            items.Add(few[i]);
        }

        return items;
    }
}
