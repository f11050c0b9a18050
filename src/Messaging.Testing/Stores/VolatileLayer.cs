using Messaging.Images;
using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>The commits that a power cut may take, in their order. They are copies: a caller uses its own again.</summary>
internal sealed class VolatileLayer
{
    private readonly List<StoreCommit> _commits = [];

    public int Count => _commits.Count;

    public void Add(StoreCommit commit) => _commits.Add(Copy(commit));

    /// <summary>Makes the first ones in an image and forgets all.</summary>
    /// <param name="image">Where.</param>
    /// <param name="kept">How many.</param>
    /// <param name="tears">Whether of the one behind them a part is made.</param>
    public void MoveTo(StoreImage image, int kept, bool tears = false)
    {
        for (int i = 0; i < kept; i++)
        {
            image.Apply(_commits[i]);
        }

        if (tears && kept < _commits.Count)
        {
            image.Apply(HalfOf(_commits[kept]));
        }

        _commits.Clear();
    }

    /// <summary>Gets what a disk holds of a commit that was interrupted: the first half of the records, or all of them and nothing else.</summary>
    public static StoreCommit HalfOf(StoreCommit commit)
    {
        var half = new StoreCommit { Durability = commit.Durability };
        half.Declared.AddRange(commit.Declared);
        half.Appends.AddRange(commit.Appends.Take(commit.Appends.Count > 1 ? commit.Appends.Count / 2 : 1));
        return half;
    }

    private static StoreCommit Copy(StoreCommit commit)
    {
        var copy = new StoreCommit { Durability = commit.Durability, Closing = commit.Closing, ForgetBelow = commit.ForgetBelow };
        copy.Declared.AddRange(commit.Declared);
        copy.Removed.AddRange(commit.Removed);
        copy.Appends.AddRange(commit.Appends.Select(static append => append with { Payload = append.Payload.ToArray() }));
        copy.Cursors.AddRange(commit.Cursors.Select(static cursor => cursor with { State = cursor.State.ToArray() }));
        copy.Trims.AddRange(commit.Trims);
        copy.Scheduled.AddRange(commit.Scheduled.Select(static record => record with { Payload = record.Payload.ToArray() }));
        copy.Unscheduled.AddRange(commit.Unscheduled);
        copy.MessageIds.AddRange(commit.MessageIds);
        copy.Forgotten.AddRange(commit.Forgotten);
        return copy;
    }
}
