namespace Messaging.Testing.Histories;

/// <summary>How an operation ended, as far as its caller knows.</summary>
public enum HistoryOutcome
{
    /// <summary>It has begun. Without a later event of the same kind its outcome is unknown.</summary>
    Invoked,

    /// <summary>It was confirmed.</summary>
    Ok,

    /// <summary>It was refused for certain: it has changed nothing.</summary>
    Failed,

    /// <summary>It may or may not have happened.</summary>
    Unknown,
}
