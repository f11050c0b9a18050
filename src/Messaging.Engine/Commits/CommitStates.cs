using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;

namespace Messaging.Commits;

/// <summary>The states of readers that a commit writes, and what the store may drop by them. Used by the writer's thread only.</summary>
internal sealed class CommitStates
{
    private readonly CommitTrims _trims = new();

    // The readers whose states are in the commit already, where there are other reasons for it than that they are dirty.
    private readonly HashSet<StoredReader> _written = [];
    private readonly List<LogReader> _shown = [];
    private readonly HashSet<MessageLog> _touched = [];

    /// <summary>Adds the states, and the trims that follow from them.</summary>
    public void AddTo(CommitGroup group)
    {
        foreach (MessageLog log in group.Trimmed)
        {
            _trims.NoteWorthALook(log);
        }

        _written.Clear();
        if (group.Moves.Count > 0 || _trims.WantsLook)
        {
            _written.UnionWith(group.Dirty);
        }

        foreach ((StoredReader from, long sequence) in group.Moves)
        {
            from.States.OnMoved(from, sequence);
            CrashPoint.Reached(CrashPoint.DeadLetterMoves);
            Add(from, group);
        }

        // The states are written after the look, so they say so too.
        _shown.Clear();
        _trims.BeginWithSettled(group.Commit, _shown);
        foreach (StoredReader reader in _shown)
        {
            Add(reader, group);
        }

        _touched.Clear();
        foreach (StoredReader reader in group.Dirty)
        {
            if (reader.Log.IsStored && reader.States.Encode(reader) is var cursor && !group.Commit.Removed.Contains(cursor.Subscription))
            {
                group.Commit.Cursors.Add(cursor);
                _touched.Add(reader.Log);
                if (reader.HasSettledMuch)
                {
                    _trims.NoteWorthALook(reader.Log);
                }
            }
        }

        _touched.UnionWith(group.Trimmed);
        foreach (MessageLog log in _touched)
        {
            _trims.AddTrim(log, group.Commit);
        }
    }

    /// <summary>Takes back what the store was to be told, after it has refused the commit for certain. The states are written with the next one.</summary>
    public void TakeBack() => _trims.TakeBack();

    /// <summary>Has a state written with the commit: once, however many messages left it.</summary>
    private void Add(StoredReader reader, CommitGroup group)
    {
        if (_written.Add(reader))
        {
            group.Dirty.Add(reader);
        }
    }
}
