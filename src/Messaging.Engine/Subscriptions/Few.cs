namespace Messaging.Subscriptions;

/// <summary>Mostly none or one, sometimes several: the first one takes no memory of its own.</summary>
internal struct Few<T>
{
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
            (_others ??= []).Add(item);
        }
    }
}
