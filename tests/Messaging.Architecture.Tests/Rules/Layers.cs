namespace Messaging.Architecture.Tests.Rules;

/// <summary>The layers of each project in src.</summary>
internal static class Layers
{
    public static readonly ProjectLayers[] Projects =
    [
        new(
            "Messaging.Abstractions",
            ["Storage", "", "Retry", "Validation"],
            // What a retry policy is stands in the root, as users see it; it makes the three of Retry, which derive from it.
            ["RetryPolicy", "RetryJitter"]),
        new(
            "Messaging.Engine",
            [
                "",
                "Lifecycle",
                "Topology",
                "DeadLetters",
                "Workers",
                "Consumers",
                "Producers",
                "Subscriptions",
                "Context",
                "State",
                "Redelivery",
                "Leases",
                "Dispatch",
                "Cursors",
                "Writing",
                "Commits",
                "Groups",
                "Schedules",
                "Calls",
                "Logs",
                "Images",
                "Records",
                "Bounds",
                "Logging",
                "Scheduling",
                "Diagnostics",
            ],
            ["BrokerOptions"]),
        new(
            "Messaging.Sqlite",
            [
                "",
                "Opening",
                "Sessions",
                "Reading",
                "Writing",
                "Compaction",
                "Segments",
                "Log",
                "Batches",
                "Files",
                "Schema",
                "Tables",
                "Connections",
                "Format",
                "Paths",
                "Diagnostics",
            ],
            ["SqliteStoreOptions"]),
        new("Messaging", [""], []),
        new(
            "Messaging.Testing",
            [
                "",
                "Tested",
                "Calls",
                "Running",
                "Faults",
                "Workloads",
                "Checkers",
                "Time",
                "Following",
                "Observing",
                "Histories",
                "Stores",
            ],
            []),
    ];

    public static ProjectLayers? Of(string project) => Array.Find(Projects, layers => layers.Project == project);
}
