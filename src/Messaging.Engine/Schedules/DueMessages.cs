using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Schedules;

/// <summary>Brings scheduled messages into their logs when they are due: those in memory at once, the others with the writer's commits.</summary>
/// <remarks>A stored one has its bytes in the store only, and enters its log in the commit that removes it from the schedule.</remarks>
internal sealed class DueMessages : IDueSource
{
    private const int MostAtOnce = 1_024;

    private readonly ScheduleIndex _index;
    private readonly DeduplicationWindow _window;
    private readonly StoreWriter? _writer;
    private readonly BrokerClock _clock;
    private readonly ILogger _logger;
    private readonly Alarm _alarm;

    // Used by the alarm only, which rings on one thread at a time.
    private readonly DueInMemory _inMemory;

    public DueMessages(
        ScheduleIndex index, DeduplicationWindow window, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger, CountVersion version)
    {
        _index = index;
        _window = window;
        _writer = writer;
        _clock = clock;
        _logger = logger;
        _inMemory = new DueInMemory(index, window, version);
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
        DueInMemory.CountIn(log);
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

    private void OnAlarm(long now)
    {
        long next;
        bool more;
        do
        {
            // So many at once that senders need not wait for long.
            next = _index.TakeDue(now, MostAtOnce, _inMemory.Items, out bool mustRead, out more);
            _inMemory.Append();
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
}
