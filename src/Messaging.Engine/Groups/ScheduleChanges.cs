using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>What one commit changes among the messages that are known by their ids: those stored for later, those that leave, those that are due.</summary>
internal sealed class ScheduleChanges
{
    public List<ScheduledRecord> Scheduled { get; } = [];

    public List<MessageId> Unscheduled { get; } = [];

    public List<StoreMessageId> Remembered { get; } = [];

    /// <summary>The places of remembered ids that are forgotten.</summary>
    public List<long> Forgotten { get; } = [];

    /// <summary>What looks for due messages when the commit is made; <see langword="null"/> for none.</summary>
    public IDueSource? Due { get; set; }

    /// <summary>Gets or sets the index of the first record in the group that was due. All that follow it were due too.</summary>
    public int FirstDue { get; set; }

    /// <summary>Gets a value indicating whether nothing leaves the schedule.</summary>
    public bool KeepsAll => Due is null && Unscheduled.Count == 0;

    public void AddTo(StoreCommit commit)
    {
        commit.Scheduled.AddRange(Scheduled);
        commit.Unscheduled.AddRange(Unscheduled);
        commit.MessageIds.AddRange(Remembered);
        commit.Forgotten.AddRange(Forgotten);
    }

    public void Clear()
    {
        Scheduled.Clear();
        Unscheduled.Clear();
        Remembered.Clear();
        Forgotten.Clear();
        Due = null;
        FirstDue = 0;
    }
}
