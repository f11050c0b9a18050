using System.Collections;

namespace Messaging.Testing.Tests;

/// <summary>A collection that is empty when it was read.</summary>
internal sealed class ReadOnce(Queue<Message<int>> messages) : IReadOnlyCollection<Message<int>>
{
    public int Count => messages.Count;

    public IEnumerator<Message<int>> GetEnumerator()
    {
        while (messages.TryDequeue(out Message<int> message))
        {
            yield return message;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
