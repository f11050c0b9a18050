namespace Messaging.Specification.Tests.Broker;

/// <summary>An exception that throws when it is asked what happened.</summary>
internal sealed class SpeechlessException : Exception
{
    public override string Message => throw new InvalidOperationException("no words");

    public override string ToString() => throw new InvalidOperationException("no words");
}
