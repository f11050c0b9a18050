using Messaging.Groups;
using Messaging.Schedules;
using Messaging.Scheduling;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Producers;

/// <summary>The alarm of the scheduled messages: it brings those in memory into their logs when they are due, and has the writer look for the others.</summary>
internal sealed class DueAlarm
{
    private const int MostAtOnce = 1_024;

    private readonly ScheduleIndex _index;
    private readonly StoreWriter? _writer;
    private readonly DueMessages? _stored;

    // Used by the alarm only, which rings on one thread at a time.
    private readonly DueInMemory _inMemory;

    public DueAlarm(
        ScheduleIndex index, DeduplicationWindow window, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger, CountVersion version)
    {
        _index = index;
        _writer = writer;
        _inMemory = new DueInMemory(index, window, version);
        Alarm = scheduler.CreateAlarm(OnAlarm, "the scheduled messages");
        _stored = writer is null
            ? null
            : new DueMessages(index, window, Alarm, clock, logger, writer.MaxDurability, writer.SkipsDamaged);
    }

    /// <summary>Gets the alarm, which is to ring when a message is due that was added.</summary>
    public Alarm Alarm { get; }

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
                _writer!.LookForDue(_stored!);
            }
        }
        while (more);

        if (next != long.MaxValue)
        {
            Alarm.SetNoLaterThan(next);
        }
    }
}
