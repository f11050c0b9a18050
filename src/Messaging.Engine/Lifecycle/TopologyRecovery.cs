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
    private readonly BrokerContext _context;
    private readonly TopologyBuilder _builder;
    private readonly StoreContents _contents;
    private readonly RecoveredCursors _cursors;
    private readonly RecoveredLogs _logs;

    private TopologyRecovery(BrokerTopology topology, StoreContents contents)
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

    public static void Recover(BrokerTopology topology, StoreContents contents) => new TopologyRecovery(topology, contents).Recover();

    private void Recover()
    {
        foreach (StoreEntry entry in EntriesOf(StoreEntryKind.Queue))
        {
            RecoverQueue(entry);
        }

        foreach (StoreEntry entry in EntriesOf(StoreEntryKind.Topic))
        {
            _builder.AddTopic(_logs[entry.Id]).Apply(new TopicOptions());
        }

        foreach (StoreEntry entry in EntriesOf(StoreEntryKind.Subscription))
        {
            RecoverSubscription(entry);
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

        ScheduleRecovery.Recover(_builder.Scheduled, _contents, _logs);
        ScheduleRecovery.RecoverWindow(_builder.Scheduled, _contents, _logs, _context.MaxDurability);
        _context.Writer!.Trim([.. _logs.All]);
    }

    private IEnumerable<StoreEntry> EntriesOf(StoreEntryKind kind) => _contents.Entries.Where(entry => entry.Kind == kind);

    private DeadLetterLog DeadLettersOf(StoreEntry owner) =>
        _logs.FindDeadLetters(owner.Id) ?? _builder.NewDeadLetters(owner.Name, owner.Id, wanted: null);

    private void RecoverQueue(StoreEntry entry)
    {
        MessageLog log = _logs[entry.Id];
        Queue queue = _builder.AddQueue(log, DeadLettersOf(entry));
        Resume(queue.Core, [log], redriven: null);
        queue.Apply(new QueueOptions());
        queue.Destination.Admission.Add(queue.Core.Parts.Logs.CountUnsettled());
    }

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
    /// <remarks>The order matters. A suspension is of all cursors, so it follows when all are there. A log asks a cursor what it collects when it is
    /// attached, so that comes after. What waits for a retry sets the alarm, so it comes last.</remarks>
    /// <param name="subscription">The subscription.</param>
    /// <param name="logs">The logs that it reads.</param>
    /// <param name="redriven">The one of these that nobody else reads.</param>
    private void Resume(Subscription subscription, List<MessageLog> logs, MessageLog? redriven)
    {
        List<LogCursor> cursors = [];
        foreach (MessageLog log in logs)
        {
            RecoveredCursor found = _cursors.Find(subscription.Id, log.Id);
            // Around what was next, a message may have killed the process; there is none after an orderly stop.
            long? suspectsAfter = _contents.ClosedCleanly ? null : found.StoredNext;
            cursors.Add(subscription.Parts.Logs.Add(log, found.State, suspectsAfter, isOwn: log == redriven));
            subscription.Parts.Control.RecoverActivity(found.Activity);
        }

        subscription.Parts.Suspending.RecoverSuspension();
        foreach (LogCursor cursor in cursors)
        {
            cursor.Log.Attach(cursor);
            subscription.Parts.Logs.RecoverWaiting(cursor);
        }
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
