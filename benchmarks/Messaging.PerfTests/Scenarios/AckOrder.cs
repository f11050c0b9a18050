namespace Messaging.PerfTests.Scenarios;

/// <summary>The order in which a consumer acknowledges what it receives: some at once, the others when it must or when a window is full.</summary>
/// <param name="atOnce">Tells by its number whether a message is acknowledged at once.</param>
/// <param name="window">The most that is held; one of them is chosen at random when there are more.</param>
/// <param name="seed">The seed of the choices.</param>
internal sealed class AckOrder(Func<long, bool> atOnce, int window, int seed)
{
    private readonly List<Delivery<ReadOnlyMemory<byte>>> _held = [];
    private readonly Random _random = new(seed);

    public int Held => _held.Count;

    public static AckOrder InOrder() => new(static _ => true, window: 0, seed: 0);

    public static AckOrder OddFirst() => new(static number => number % 2 == 1, int.MaxValue, seed: 0);

    public static AckOrder Shuffled(int window, int seed) => new(static _ => false, window, seed);

    /// <summary>Takes a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="next">The one to acknowledge now, if there is one.</param>
    public bool TryOffer(in Delivery<ReadOnlyMemory<byte>> delivery, out Delivery<ReadOnlyMemory<byte>> next)
    {
        if (atOnce(RawBody.NumberOf(delivery.Body)))
        {
            next = delivery;
            return true;
        }

        _held.Add(delivery);
        if (_held.Count <= window)
        {
            next = default;
            return false;
        }

        int chosen = _random.Next(_held.Count);
        next = _held[chosen];
        _held[chosen] = _held[^1];
        _held.RemoveAt(_held.Count - 1);
        return true;
    }

    /// <summary>Gives all up that is held, to be acknowledged now.</summary>
    public IReadOnlyList<Delivery<ReadOnlyMemory<byte>>> Release()
    {
        Delivery<ReadOnlyMemory<byte>>[] all = [.. _held];
        _held.Clear();
        return all;
    }
}
