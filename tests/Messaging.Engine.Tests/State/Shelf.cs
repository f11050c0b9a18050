using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.State;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.State;

/// <summary>The parts of a subscription's state over logs in memory, and no lock: the test is the only one here.</summary>
internal sealed class Shelf : IStoredBacklog
{
    private int _logs;

    public Shelf(int capacity = 100)
    {
        Buffer.Capacity = capacity;
        State = new SubscriptionState("orders", Buffer, this, now: 1_000);
        State.Fresh.MaxOutOfOrder = 100;
    }

    public DispatchBuffer Buffer { get; } = new(new BrokerClock(TimeProvider.System));

    public SubscriptionState State { get; }

    public InHand InHand => State.InHand;

    public Intake Intake => State.Intake;

    /// <summary>Gets what was to be read ahead.</summary>
    public List<(LogCursor Cursor, long Sequence)> ReadsAhead { get; } = [];

    /// <summary>Gets what was to be fetched.</summary>
    public List<long> Fetches { get; } = [];

    public void ReadAhead(LogCursor cursor, long sequence)
    {
        cursor.Ahead.IsReading = true;
        ReadsAhead.Add((cursor, sequence));
    }

    public void Fetch(in Buffered item) => Fetches.Add(item.Sequence);

    /// <summary>Adds a log in memory with messages of the given ages, and a cursor at its beginning.</summary>
    public LogCursor AddLog(params long[] sentAt)
    {
        LogCursor cursor = Add(isStored: false, last: 0, floor: 1);
        Append(cursor, sentAt);
        return cursor;
    }

    /// <summary>Adds a log that has messages in the store only.</summary>
    public LogCursor AddStored(long last) => Add(isStored: true, last, floor: 1);

    public static void Append(LogCursor cursor, params long[] sentAt)
    {
        foreach (long time in sentAt)
        {
            cursor.Log.Append(new Record("body", time, extras: null));
        }
    }

    /// <summary>Takes the next message as a consumer would whose lease has ended at once.</summary>
    public static Buffered Take(LogCursor cursor, int failures = 0)
    {
        cursor.State.SeekNext(cursor.End).Should().BeTrue();
        long sequence = Fresh.Take(cursor);
        cursor.Log.TryGet(sequence, out Record record);
        return new Buffered(cursor, sequence, record, attempts: failures, failures);
    }

    /// <summary>Fills the buffer, and empties it.</summary>
    public List<(string Log, long Sequence)> TakeAll()
    {
        Intake.TryFill();
        List<(string Log, long Sequence)> taken = [];
        while (Buffer.TryRead(out long number))
        {
            Buffered item = InHand.Leases.TakeBack(number);
            taken.Add((item.Cursor.Log.Name, item.Sequence));
        }

        return taken;
    }

    public void AssertSum() => State.AssertInvariants();

    private LogCursor Add(bool isStored, long last, long floor)
    {
        var log = new MessageLog(++_logs, $"log{_logs}", Durability.Memory, isStored, last);
        var cursor = new LogCursor(new SilentOwner(), log, new CursorState(floor));
        log.Attach(cursor);
        State.Fresh.Add(cursor);
        return cursor;
    }
}
