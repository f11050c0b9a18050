using System.Runtime.InteropServices;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Schedules;

/// <summary>Brings scheduled messages into their logs when they are due: those in memory itself, the others with the writer's commits.</summary>
/// <remarks>A stored one has its bytes in the store only, and enters its log in the commit that removes it from the schedule.</remarks>
internal sealed class DueMessages : IDueSource
{
    private const int MostAtOnce = 1_024;

    private readonly ScheduleIndex _index;
    private readonly DeduplicationWindow _window;
    private readonly StoreWriter? _writer;
    private readonly BrokerClock _clock;
    private readonly ILogger _logger;
    private readonly CountVersion _version;
    private readonly Alarm _alarm;

    // Used by the alarm only, which rings on one thread at a time.
    private readonly List<ScheduledItem> _dueNow = [];
    private readonly List<Record> _records = [];

    public DueMessages(
        ScheduleIndex index, DeduplicationWindow window, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger, CountVersion version)
    {
        _index = index;
        _window = window;
        _writer = writer;
        _clock = clock;
        _logger = logger;
        _version = version;
        _alarm = scheduler.CreateAlarm(OnAlarm, "the scheduled messages");
    }

    /// <summary>Wakes up when a message is due that was added.</summary>
    public void WakeAt(long due) => _alarm.SetNoLaterThan(due);

    /// <summary>Lets nothing more become due.</summary>
    public void Stop() => _alarm.Clear();

    public long? TakeDueTicks() => _index.TakeTimeToRead();

    public bool TryClaim(MessageId id, out MessageLog log, out long ordinal)
    {
        if (!_index.TryClaim(id, out DueMessage? message))
        {
            log = null!;
            ordinal = 0;
            return false;
        }

        log = message.Log;
        ordinal = _window.OrdinalOfScheduled(log.Id, id);
        CountIn(log);
        return true;
    }

    public void OnPublished() => _index.EnterClaimed();

    public void OnEntered(ReadOnlySpan<PendingAppend> entered)
    {
        foreach (ref readonly PendingAppend append in entered)
        {
            if (append.RememberedId is { } id)
            {
                _window.Enter(append.Log, id, append.Sequence);
            }
        }
    }

    public void LookAgain(long dueTicks)
    {
        if (_index.NoteMore(dueTicks))
        {
            _writer!.LookForDue(this);
        }
    }

    public void OnReadFailed(long dueTicks, StoreException exception)
    {
        bool isFirst = _index.NoteFailure(dueTicks);
        _alarm.SetNoLaterThan(DueTime.After(_clock.Now, TimeSpan.TicksPerSecond));
        if (isFirst)
        {
            EngineLog.ScheduledReadFailed(_logger, exception);
        }
    }

    public void OnAllRead(long dueTicks, IReadOnlyList<ScheduledRecord> found, List<MessageId> lost, List<long> forgotten)
    {
        bool skips = _writer!.SkipsDamaged;
        List<DueMessage> missing = _index.TakeMissing(dueTicks, found, forgets: skips);
        if (skips)
        {
            lost.AddRange(missing.Select(message => message.Id));
        }

        foreach (DueMessage message in missing)
        {
            EngineLog.ScheduledDamaged(_logger, message.Id, message.Log.Name);
            if (skips && _window.OrdinalOfScheduled(message.Log.Id, message.Id) is > 0 and var ordinal)
            {
                // It never comes, so it can be sent again.
                forgotten.Add(ordinal);
                _window.Forget(message.Log.Id, message.Id, ordinal);
            }
        }
    }

    /// <summary>Counts a message that enters without asking. A topic without subscriptions gives the room back when the message is in its log.</summary>
    private static void CountIn(MessageLog log) => log.Bound?.Gate.Add(1);

    private void OnAlarm(long now)
    {
        long next;
        bool more;
        do
        {
            // So many at once that senders need not wait for long.
            next = _index.TakeDue(now, MostAtOnce, _dueNow, out bool mustRead, out more);
            AppendDue();
            if (mustRead)
            {
                _writer!.LookForDue(this);
            }
        }
        while (more);

        if (next != long.MaxValue)
        {
            _alarm.SetNoLaterThan(next);
        }
    }

    /// <summary>Appends what is due in memory: neighbours of one log together.</summary>
    private void AppendDue()
    {
        for (int i = 0; i < _dueNow.Count; i++)
        {
            MessageLog log = _dueNow[i].Log;
            CountIn(log);
            _records.Add(_dueNow[i].RecordWithId());
            if (i + 1 == _dueNow.Count || _dueNow[i + 1].Log != log)
            {
                Enter(log, first: i + 1 - _records.Count);
                _records.Clear();
            }
        }

        _dueNow.Clear();
    }

    /// <summary>Moves the records from the schedule to their log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">The index of the first one among those that are due now.</param>
    private void Enter(MessageLog log, int first)
    {
        Appended appended;
        _version.Begin();
        try
        {
            appended = log.Add(CollectionsMarshal.AsSpan(_records), ticket: default);
            _index.Enter(log, appended.Count);
        }
        finally
        {
            _version.End();
        }

        for (int i = 0; i < appended.Count; i++)
        {
            _window.Enter(log, _dueNow[first + i].Id, appended.First + i);
        }

        appended.Announce(ticket: default);
    }
}
