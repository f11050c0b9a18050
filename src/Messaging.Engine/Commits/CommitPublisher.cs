using Messaging.Groups;
using Messaging.Logs;

namespace Messaging.Commits;

/// <summary>The translation of a commit's success into what readers see. Used by the writer's thread only.</summary>
internal sealed class CommitPublisher(CountVersion counts)
{
    private readonly List<Appended> _published = [];
    private readonly HashSet<MessageLog> _grown = [];

    /// <summary>Adds what was committed to the logs.</summary>
    public void Publish(CommitGroup group)
    {
        _published.Clear();
        foreach (ref readonly PendingAppend due in group.Appends[group.FirstDue..])
        {
            if (due.RememberedId is { } id)
            {
                group.Due!.Window.Enter(due.Log, id, due.Sequence);
            }
        }

        if (group.Moves.Count > 0 || group.Due is not null)
        {
            counts.Begin();
            try
            {
                Append(group.Appends);
                group.Moves.ForEach(static move => move.From.States.OnMovePublished());
                group.Due?.Index.EnterClaimed();
            }
            finally
            {
                counts.End();
            }
        }
        else
        {
            Append(group.Appends);
        }

        int at = 0;
        foreach (Appended published in _published)
        {
            published.LetGo(group.Appends.Slice(at, published.Count));
            _grown.Add(published.Log);
            at += published.Count;
        }
    }

    /// <summary>Notifies the readers of the logs that have grown.</summary>
    public void Notify()
    {
        foreach (MessageLog log in _grown)
        {
            log.Notify();
        }

        _grown.Clear();
    }

    /// <summary>Adds records to their logs, neighbours of one log together.</summary>
    private void Append(ReadOnlySpan<PendingAppend> appends)
    {
        while (!appends.IsEmpty)
        {
            MessageLog log = appends[0].Log;
            int run = 1;
            while (run < appends.Length && appends[run].Log == log)
            {
                run++;
            }

            _published.Add(log.Publish(appends[..run]));
            appends = appends[run..];
        }
    }
}
