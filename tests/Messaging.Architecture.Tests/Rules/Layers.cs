namespace Messaging.Architecture.Tests.Rules;

/// <summary>The engine's folders, from top to bottom. A folder may use what stands below it, and itself.</summary>
internal static class Layers
{
    public const string Project = "Messaging.Engine";

    /// <summary>The empty name is the project's root folder.</summary>
    public static readonly string[] TopToBottom =
    [
        "",
        "Lifecycle",
        "Topology",
        "DeadLetters",
        "Workers",
        "Consumers",
        "Producers",
        "Schedules",
        "Subscriptions",
        "State",
        "Redelivery",
        "Leases",
        "Dispatch",
        "Cursors",
        "Writing",
        "Logs",
        "Images",
        "Records",
        "Bounds",
        "Logging",
        "Scheduling",
        "Diagnostics",
    ];

    /// <summary>The types of the root folder that every layer may name: what the user has configured.</summary>
    public static readonly string[] KnownEverywhere = ["BrokerOptions"];
}
