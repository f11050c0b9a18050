using System.Diagnostics;

namespace Messaging.Scheduling;

/// <summary>A heap of slots by due time, those of the same time in the order of adding; four children to a node, 16 bytes each.</summary>
/// <remarks>Nothing is taken out of its middle: whoever owns the slots knows which nodes are stale, and has them dropped when
/// they come to the top, or all at once.</remarks>
internal sealed class DueHeap
{
    private const int Children = 4;
    private const int LeastLength = 16;

    private DueNode[] _nodes = new DueNode[LeastLength];

    /// <summary>Gets the number of nodes, stale ones included.</summary>
    public int Count { get; private set; }

    public bool TryPeek(out DueNode first)
    {
        first = _nodes[0];
        return Count > 0;
    }

    public void Push(in DueNode node)
    {
        if (Count == _nodes.Length)
        {
            Array.Resize(ref _nodes, 2 * Count);
        }

        Count++;
        Raise(node, Count - 1);
    }

    /// <summary>Takes the first node off.</summary>
    public void Pop()
    {
        Debug.Assert(Count > 0, "There is nothing to take off.");
        Count--;
        DueNode last = _nodes[Count];
        if (Count > 0)
        {
            Sink(last, 0);
        }
    }

    /// <summary>Keeps the nodes for which a condition holds, in time that grows with their number only.</summary>
    public void Keep<TState>(TState state, Func<TState, DueNode, bool> isToKeep)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (isToKeep(state, _nodes[i]))
            {
                _nodes[kept++] = _nodes[i];
            }
        }

        Count = kept;
        for (int i = (Count - 2) / Children; i >= 0 && Count > 1; i--)
        {
            Sink(_nodes[i], i);
        }

        AssertInvariants();
    }

    /// <summary>Forgets all, and lets the memory go.</summary>
    public void Clear()
    {
        Count = 0;
        _nodes = new DueNode[LeastLength];
    }

    private void Raise(in DueNode node, int place)
    {
        DueNode[] nodes = _nodes;
        while (place > 0)
        {
            int parent = (place - 1) / Children;
            if (!node.IsBefore(nodes[parent]))
            {
                break;
            }

            nodes[place] = nodes[parent];
            place = parent;
        }

        nodes[place] = node;
    }

    private void Sink(in DueNode node, int place)
    {
        DueNode moving = node;
        DueNode[] nodes = _nodes;
        while (true)
        {
            int first = (place * Children) + 1;
            if (first >= Count)
            {
                break;
            }

            int least = first;
            int end = Math.Min(first + Children, Count);
            for (int child = first + 1; child < end; child++)
            {
                least = nodes[child].IsBefore(nodes[least]) ? child : least;
            }

            if (!nodes[least].IsBefore(moving))
            {
                break;
            }

            nodes[place] = nodes[least];
            place = least;
        }

        nodes[place] = moving;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        for (int i = 1; i < Count; i++)
        {
            Debug.Assert(!_nodes[i].IsBefore(_nodes[(i - 1) / Children]), "A node is due before its parent.");
        }
    }
}
