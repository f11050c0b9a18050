namespace Messaging.Specification.Tests.Broker;

/// <summary>A store's exception that throws when it is asked what happened.</summary>
internal sealed class SpeechlessStoreException() : StoreException("never read")
{
    public override string Message => throw new InvalidOperationException("no words");

    public override string ToString() => throw new InvalidOperationException("no words");
}
