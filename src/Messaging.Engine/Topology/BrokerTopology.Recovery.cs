using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Writing;

namespace Messaging.Topology;

/// <content>Recovery: from what a store holds to the broker's parts. Called before anybody else can.</content>
internal sealed partial class BrokerTopology
{
    /// <summary>Starts the writer, which ends what needs the store if that fails.</summary>
    public void Start() => context.Writer?.Start(OnStoreFailed);

    public void Recover(StoreContents contents)
    {
        Dictionary<(int Subscription, int Log), RecoveredCursor> cursors = [];
        Dictionary<int, long> settled = [];
        foreach (StoreCursor cursor in contents.Cursors.Where(static cursor => !ClockNote.IsOne(cursor)))
        {
            CursorState state = CursorCodec.Read(cursor.State.Span, contents.ClosedCleanly, out long next, out long activity);
            cursors[(cursor.Subscription, cursor.Log)] = new RecoveredCursor(state, next, activity);
            // A state that is written before its messages were all taken again has acked ranges above its next.
            long last = Math.Max(Math.Max(state.Floor, next) - 1, state.Acked.LastOf(long.MaxValue));
            settled[cursor.Log] = Math.Max(settled.GetValueOrDefault(cursor.Log), last);
        }

        if (contents.Damage.Count > 0)
        {
            TellDamage(contents);
            foreach (StoreMessageId remembered in contents.MessageIds)
            {
                // The newest records of a log may be lost; a number that was given to somebody is not given again.
                settled[remembered.Log] = Math.Max(settled.GetValueOrDefault(remembered.Log), remembered.Sequence);
            }
        }

        Dictionary<int, MessageLog> logs = contents.Entries
            .Where(entry => entry.Kind != StoreEntryKind.Subscription)
            .ToDictionary(entry => entry.Id, entry => RecoverLog(entry, contents, settled));
        Dictionary<int, DeadLetterLog> deadLetters = contents.Entries
            .Where(entry => entry.Kind == StoreEntryKind.DeadLetters)
            .ToDictionary(entry => entry.Owner, entry => new DeadLetterLog(logs[entry.Id], Find(cursors, entry.Id, entry.Id).State, context.Writer, context.Counts));
        foreach (StoreEntry entry in contents.Entries.Where(entry => entry.Kind == StoreEntryKind.Queue))
        {
            RecoveredCursor place = Find(cursors, entry.Id, entry.Id);
            Queue queue = AddQueue(logs[entry.Id], DeadLettersOf(entry, deadLetters), place.State, SuspectsAfter(contents, place));
            queue.Core.RecoverWaiting(queue.Core.Cursors[0]);
            queue.Core.RecoverActivity(place.Activity);
            queue.Apply(new QueueOptions());
            queue.Destination.Admission.Add(queue.Core.CountUnsettled());
        }

        foreach (StoreEntry entry in contents.Entries.Where(entry => entry.Kind == StoreEntryKind.Topic))
        {
            AddTopic(logs[entry.Id]).Apply(new TopicOptions());
        }

        foreach (StoreEntry entry in contents.Entries.Where(entry => entry.Kind == StoreEntryKind.Subscription))
        {
            RecoverSubscription(entry, contents, logs, DeadLettersOf(entry, deadLetters), cursors);
        }

        if (contents.LostCursors)
        {
            BeginLostPlacesAtOldest(cursors);
        }

        foreach (Topic topic in _topics.Values)
        {
            MessageLog log = topic.Destination.Log;
            topic.Destination.Admission.Add(log.End - log.Floor);
        }

        RecoverIndexes(contents, logs);
        context.Writer!.Trim([.. logs.Values]);
    }

    private void TellDamage(StoreContents contents)
    {
        foreach (StoreDamage damage in contents.Damage)
        {
            if (contents.Entries.FirstOrDefault(entry => entry.Id == damage.Log) is { } entry)
            {
                EngineLog.DamageFound(context.Logger, $"{entry.Name} ({entry.Kind})", damage.First, damage.Last, damage.Problem);
            }
            else
            {
                EngineLog.DamageFound(context.Logger, damage.Problem);
            }
        }
    }

    /// <summary>A place that is not there was never stored, or was lost: then what lies before the oldest record was settled.</summary>
    private void BeginLostPlacesAtOldest(Dictionary<(int Subscription, int Log), RecoveredCursor> cursors)
    {
        IEnumerable<Subscription> subscriptions = [.. _queues.Values.Select(queue => queue.Core), .. _subscriptions.Values.Select(s => s.Core)];
        foreach (Subscription subscription in subscriptions)
        {
            subscription.DeadLetters.BeginsAtOldest = !cursors.ContainsKey((subscription.DeadLetters.Log.Id, subscription.DeadLetters.Log.Id));
            foreach (LogCursor cursor in subscription.Cursors)
            {
                cursor.Ahead.BeginsAtOldest = !cursors.ContainsKey((subscription.Id, cursor.Log.Id));
            }
        }
    }

    private DeadLetterLog DeadLettersOf(StoreEntry owner, Dictionary<int, DeadLetterLog> deadLetters) =>
        deadLetters.TryGetValue(owner.Id, out DeadLetterLog? log) ? log : NewDeadLetters(owner.Name, owner.Id, wanted: null);

    private MessageLog RecoverLog(
        StoreEntry entry, StoreContents contents, Dictionary<int, long> settled)
    {
        // Records that everybody has settled are gone; their numbers must not be given again.
        long last = Math.Max(contents.LastSequences.GetValueOrDefault(entry.Id), settled.GetValueOrDefault(entry.Id));
        var log = new MessageLog(
            entry.Id, entry.Name, context.MaxDurability, isStored: true, last, contents.MeanRecordBytes.GetValueOrDefault(entry.Id),
            Catalog.BoundOf(entry.Kind, entry.Name));
        log.Progress.StoredTrim = 0;
        return log;
    }

    private void RecoverSubscription(
        StoreEntry entry,
        StoreContents contents,
        Dictionary<int, MessageLog> logs,
        DeadLetterLog deadLetters,
        Dictionary<(int Subscription, int Log), RecoveredCursor> cursors)
    {
        TopicSubscription subscription = AddSubscription(entry.Id, entry.Pattern, entry.Name, new SubscriptionOptions(), deadLetters);
        List<LogCursor> places = [];
        foreach (StoreEntry other in contents.Entries)
        {
            bool redriven = other.Kind == StoreEntryKind.Redriven && other.Owner == entry.Id;
            if (redriven || (other.Kind == StoreEntryKind.Topic && subscription.Topics.Matches(other.Name)))
            {
                MessageLog log = logs[other.Id];
                RecoveredCursor place = Find(cursors, entry.Id, other.Id);
                places.Add(subscription.Core.AddCursor(log, place.State, SuspectsAfter(contents, place), isOwn: redriven));
                subscription.Core.RecoverActivity(place.Activity);
                if (redriven)
                {
                    subscription.Redriven.Recover(log);
                }
            }
        }

        subscription.Core.RecoverSuspension();
        foreach (LogCursor cursor in places)
        {
            cursor.Log.Attach(cursor);
            subscription.Core.RecoverWaiting(cursor);
        }
    }

    private void RecoverIndexes(StoreContents contents, Dictionary<int, MessageLog> logs)
    {
        foreach (ScheduledRecord record in contents.Scheduled)
        {
            if (logs.TryGetValue(record.Log, out MessageLog? log))
            {
                _scheduled.Add(record.MessageId, log, record.DueTicks, default);
            }
        }

        foreach (StoreMessageId remembered in SeededBugs.Is(SeededBug.ForgetWindow) ? [] : contents.MessageIds)
        {
            // A number comes with its entry into the log; without one it is scheduled, or was before numbers came.
            bool isScheduled = remembered.Sequence == 0 && logs.TryGetValue(remembered.Log, out MessageLog? log) && _scheduled.Holds(remembered.MessageId, log);
            _scheduled.Window.Recover(remembered, context.MaxDurability, isScheduled);
        }
    }

    private static RecoveredCursor Find(
        Dictionary<(int Subscription, int Log), RecoveredCursor> cursors, int subscription, int log) =>
        cursors.TryGetValue((subscription, log), out RecoveredCursor found) ? found : new RecoveredCursor(new CursorState(1), 1, 0);

    /// <summary>Gets the place around which a message may have killed the process; none after an orderly stop.</summary>
    private static long? SuspectsAfter(StoreContents contents, in RecoveredCursor place) => contents.ClosedCleanly ? null : place.StoredNext;

    private readonly record struct RecoveredCursor(CursorState State, long StoredNext, long Activity);
}
