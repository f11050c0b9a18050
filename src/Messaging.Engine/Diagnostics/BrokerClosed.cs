namespace Messaging.Diagnostics;

/// <summary>The refusal of everything that comes after a broker was disposed.</summary>
internal static class BrokerClosed
{
    private const string Name = "MessageBroker";

    public static ObjectDisposedException Exception() => new(Name);

    /// <exception cref="ObjectDisposedException">The condition holds.</exception>
    public static void ThrowIf(bool condition)
    {
        if (condition)
        {
            throw Exception();
        }
    }
}
