namespace Messaging.Subscriptions;

/// <summary>Mostly none or one, sometimes several. The first one takes no memory of its own; for the others there is a list on each thread, which
/// <see cref="Free"/> gives back.</summary>
internal struct Few<T>
{
    private const int MaxSpare = 256;

    [ThreadStatic]
    private static List<T>? _spare;

    private T _first;
    private int _count;
    private List<T>? _others;

    /// <summary>Gets the number of them.</summary>
    public readonly int Count => _count;

    public T this[int index]
    {
        readonly get => index == 0 ? _first : _others![index - 1];
        set
        {
            if (index == 0)
            {
                _first = value;
            }
            else
            {
                _others![index - 1] = value;
            }
        }
    }

    public void Add(T item)
    {
        if (_count++ == 0)
        {
            _first = item;
        }
        else
        {
            (_others ??= TakeSpare()).Add(item);
        }
    }

    /// <summary>Gives the memory back. None of them is asked for any more.</summary>
    public readonly void Free()
    {
        if (_others is { Capacity: <= MaxSpare } spare)
        {
            spare.Clear();
            _spare = spare;
        }
    }

    private static List<T> TakeSpare()
    {
        List<T> spare = _spare ?? [];
        _spare = null;
        return spare;
    }
}
