using Messaging.Context;
using Messaging.Cursors;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Topology;

namespace Messaging.Lifecycle;

/// <summary>Recovery: from what a store holds to the broker's parts. Runs once, before anybody else can use them.</summary>
internal sealed class TopologyRecovery
{
    /// <summary>After a death, this many messages from the stored position on are marked in the store before they are handed over.</summary>
    private const long MarkWindow = 1024;

    private readonly BrokerContext _context;
    private readonly TopologyBuilder _builder;
    private readonly StoreContents _contents;
    private readonly RecoveredCursors _cursors;
    private readonly RecoveredLogs _logs;

    public TopologyRecovery(BrokerTopology topology, StoreContents contents)
    {
        _context = topology.Context;
        _builder = topology.Builder;
        _contents = contents;
        _cursors = new RecoveredCursors(contents);
        if (contents.Damage.Count > 0)
        {
            OpeningDamage.Log(contents, _context.Logger);
            foreach (StoreMessageId remembered in contents.MessageIds)
            {
                // The newest records of a log may be lost.
                _cursors.Note(remembered.Log, remembered.Sequence);
            }
        }

        _logs = new RecoveredLogs(_context, contents, _cursors);
    }

    public void Recover()
    {
        foreach (StoreEntry entry in _contents.Entries)
        {
            if (entry.Kind == StoreEntryKind.Queue)
            {
                MessageLog log = _logs[entry.Id];
                Queue queue = _builder.AddQueue(log, DeadLettersOf(entry), new QueueOptions());
                List<LogCursor> cursors = Resume(queue.Core, [log], redriven: null);
                queue.Destination.Admission.Add(cursors[0].Unsettled);
            }
        }

        foreach (StoreEntry entry in _contents.Entries)
        {
            if (entry.Kind == StoreEntryKind.Topic)
            {
                _builder.AddTopic(_logs[entry.Id], new TopicOptions());
            }
        }

        foreach (StoreEntry entry in _contents.Entries)
        {
            if (entry.Kind == StoreEntryKind.Subscription)
            {
                RecoverSubscription(entry);
            }
        }

        if (_contents.LostCursors)
        {
            BeginLostCursorsAtOldest();
        }

        foreach (Topic topic in _builder.Names.Topics)
        {
            MessageLog log = topic.Destination.Log;
            topic.Destination.Admission.Add(log.End - log.Floor);
        }

        ScheduleRecovery.Recover(_builder.Scheduled, _contents, _logs, _context.MaxDurability);
        _context.Writer!.Trim([.. _logs.All]);
    }

    private DeadLetterLog DeadLettersOf(StoreEntry owner) =>
        _logs.FindDeadLetters(owner.Id) ?? _builder.NewDeadLetters(owner.Name, owner.Id, wanted: null);

    private void RecoverSubscription(StoreEntry entry)
    {
        TopicSubscription subscription = _builder.AddSubscription(entry.Id, entry.Pattern, entry.Name, new SubscriptionOptions(), DeadLettersOf(entry));
        List<MessageLog> read = [];
        foreach (StoreEntry other in _contents.Entries)
        {
            bool redriven = other.Kind == StoreEntryKind.Redriven && other.Owner == entry.Id;
            if (redriven || (other.Kind == StoreEntryKind.Topic && subscription.Topics.Matches(other.Name)))
            {
                read.Add(_logs[other.Id]);
                if (redriven)
                {
                    subscription.Redriven.Recover(_logs[other.Id]);
                }
            }
        }

        Resume(subscription.Core, read, subscription.Redriven.Log);
    }

    /// <summary>Lets a subscription go on where its stored cursors are.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="logs">The logs that it reads.</param>
    /// <param name="redriven">The one of these that nobody else reads.</param>
    /// <returns>The cursors in these.</returns>
    private List<LogCursor> Resume(Subscription subscription, List<MessageLog> logs, MessageLog? redriven)
    {
        List<LogCursor> cursors = [];
        long lastUse = 0;
        foreach (MessageLog log in logs)
        {
            RecoveredCursor found = _cursors.Find(subscription.Id, log.Id);
            cursors.Add(new LogCursor(subscription.Parts.Logs, log, found.State)
            {
                IsOwn = log == redriven,
                // Around what was next, a message may have killed the process; there is none after an orderly stop.
                MarkBelow = _contents.ClosedCleanly ? 0 : found.StoredNext + MarkWindow,
            });
            lastUse = Math.Max(lastUse, found.Activity);
        }

        subscription.Parts.Logs.Recover(cursors, lastUse);
        return cursors;
    }

    /// <summary>A cursor that is not there was never stored, or was lost: then what lies before the oldest record was settled.</summary>
    private void BeginLostCursorsAtOldest()
    {
        foreach (Subscription subscription in _builder.Names.ListCores())
        {
            int letters = subscription.DeadLetters.Log.Id;
            subscription.DeadLetters.BeginsAtOldest = !_cursors.Contains(letters, letters);
            foreach (LogCursor cursor in subscription.Parts.Logs.Cursors)
            {
                cursor.Ahead.BeginsAtOldest = !_cursors.Contains(subscription.Id, cursor.Log.Id);
            }
        }
    }
}
