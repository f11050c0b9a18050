namespace Messaging.Specification.Tests.Broker;

/// <summary>A body that can change, to tell a copy from the object itself.</summary>
public sealed class Note
{
    public string Text { get; set; } = "";
}
