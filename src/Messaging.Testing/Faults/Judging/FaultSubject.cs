using Messaging.Storage;

namespace Messaging.Testing.Faults.Judging;

/// <summary>What a rule is about: a kind of occasion, and which of them.</summary>
internal sealed record FaultSubject(FaultSite Site, StoreOperation Operation = default)
{
    /// <summary>Gets the name of the point, the subscription or the log; <see langword="null"/> for any.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the kind of the log that is named; <see langword="null"/> for a queue's or a topic's own.</summary>
    public StoreEntryKind? LogKind { get; init; }

    /// <summary>Gets the number of the log; 0 for any.</summary>
    public int Log { get; init; }

    public int MinAppends { get; init; }

    /// <summary>Gets a value indicating whether not every occasion of the kind matches.</summary>
    public bool IsNarrow => MinAppends > 0 || Log > 0 || (Name is not null && Site != FaultSite.Point);

    /// <summary>Names one occasion.</summary>
    public static string Tell(in FaultOccasion occasion, long number)
    {
        var subject = new FaultSubject(occasion.Site, occasion.Operation) { Name = occasion.Name };
        return $"{subject.Singular} {number}{subject.Whose}";
    }

    /// <summary>Says whether it is an occasion of this kind, matching or not.</summary>
    public bool IsOfKind(in FaultOccasion occasion) =>
        occasion.Site == Site && occasion.Operation == Operation && (Site != FaultSite.Point || Name is null || occasion.Name == Name);

    /// <summary>Says whether an occasion of this kind is meant.</summary>
    public bool Matches(in FaultOccasion occasion) => occasion.Site != FaultSite.Store
        ? Name is null || Name == occasion.Name
        : occasion.Commit is null
            ? IsMeant(occasion.Log, occasion)
            : MatchesCommit(occasion.Commit, occasion);

    /// <summary>Names so many occasions of the kind.</summary>
    public string Count(long count) => $"{count} {(count == 1 ? Singular : Plural)}";

    public override string ToString() => Singular + Whose + (MinAppends > 0 ? $" with {MinAppends} or more appends" : "");

    private string Singular => Site switch
    {
        FaultSite.Point => "passing",
        FaultSite.Delivery => "delivery",
        FaultSite.ClockMove => "move of the clock",
        _ => Operation switch
        {
            StoreOperation.Open => "opening",
            StoreOperation.ReadScheduled => "scheduled read",
            StoreOperation.Maintain => "upkeep",
            _ => Operation.ToString().ToLowerInvariant(),
        },
    };

    private string Plural => Site switch
    {
        FaultSite.Delivery => "deliveries",
        FaultSite.ClockMove => "moves of the clock",
        _ => Operation == StoreOperation.Maintain ? "upkeeps" : Singular + "s",
    };

    private string Whose => (Site, Name) switch
    {
        (FaultSite.Point, null) => " of a point",
        (FaultSite.Point, _) => $" of '{Name}'",
        (FaultSite.Delivery, not null) => $" to '{Name}'",
        (FaultSite.Store, _) when Log > 0 => $" of log {Log}",
        (FaultSite.Store, not null) => $" of {LogKindWords}'{Name}'",
        _ => "",
    };

    private string LogKindWords => LogKind switch
    {
        StoreEntryKind.DeadLetters => "the dead letters of ",
        StoreEntryKind.Redriven => "what was redriven to ",
        StoreEntryKind.Subscription => "the subscription ",
        _ => "",
    };

    private bool MatchesCommit(StoreCommit commit, FaultOccasion occasion)
    {
        int appends = 0;
        foreach (StoreAppend append in commit.Appends)
        {
            appends += IsMeant(append.Log, occasion) ? 1 : 0;
        }

        return appends >= MinAppends
            && (!HasLog || appends > 0
                || commit.Scheduled.Exists(record => IsMeant(record.Log, occasion))
                || commit.Cursors.Exists(cursor => IsMeant(cursor.Log, occasion)));
    }

    private bool HasLog => Log > 0 || Name is not null;

    private bool IsMeant(int log, in FaultOccasion occasion) => Log > 0
        ? log == Log
        : Name is null
            || (occasion.Entries?.GetValueOrDefault(log) is { } entry && entry.Name == Name
                && (LogKind is { } kind ? entry.Kind == kind : entry.Kind is StoreEntryKind.Queue or StoreEntryKind.Topic));
}
