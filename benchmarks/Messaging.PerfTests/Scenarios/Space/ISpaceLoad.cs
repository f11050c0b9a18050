namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A use of a file in which nearly everything is settled at once, and a little is not settled for long.</summary>
internal interface ISpaceLoad
{
    string Name { get; }

    /// <summary>Gets the messages that are unsettled in the end.</summary>
    long Left { get; }

    /// <summary>Passes all messages, and ends when all but what is left is settled.</summary>
    Task PassAsync(MessageBroker broker, CancellationToken cancellationToken);

    /// <summary>Receives and acknowledges what was left, after the file was opened again. It throws if anything else comes, or too little.</summary>
    Task DrainAsync(MessageBroker broker, CancellationToken cancellationToken);
}
