namespace Messaging.Specification.Tests.Broker;

/// <summary>An exception that says nothing when it is asked what happened: not even an empty text.</summary>
internal sealed class SilentException : Exception
{
    public override string Message => null!;

    public override string ToString() => null!;
}
