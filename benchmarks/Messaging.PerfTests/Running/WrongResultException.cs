using System.Runtime.CompilerServices;

namespace Messaging.PerfTests.Running;

/// <summary>A run whose figures mean nothing, because messages were lost, repeated or never came.</summary>
internal sealed class WrongResultException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    public static void ThrowUnless(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref WrongResultText message)
    {
        if (!condition)
        {
            throw new WrongResultException(message.ToStringAndClear());
        }
    }

    public static void ThrowUnless(bool condition, string message)
    {
        if (!condition)
        {
            throw new WrongResultException(message);
        }
    }
}
