using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Records;
using Messaging.Validation;

namespace Messaging.Producers;

/// <summary>The demands on a body that is not bytes: a store must be able to give back what was sent.</summary>
internal static class StorableBody
{
    /// <summary>Refuses what a file would change without a word, in memory too.</summary>
    /// <exception cref="ArgumentNullException">The body is null, and of a type that is stored as its bytes.</exception>
    /// <exception cref="BodyFormatException">The body is text that JSON would change.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Demand<T>(BrokerOptions options, T body)
    {
        if (body is null)
        {
            DemandNoBytes(typeof(T));
        }
        else if (body is string text && WellFormed.IndexOfHalf(text) >= 0)
        {
            DemandOwnSerializer(options, text);
        }
        else if (body is char letter && char.IsSurrogate(letter))
        {
            DemandOwnSerializer(options, letter.ToString());
        }
    }

    private static void DemandNoBytes(Type type)
    {
        if (RawBody.Is(type))
        {
            throw new ArgumentNullException("body", $"A body of type {TypeName.Of(type)} is stored as its bytes, and null has none. Send an empty one. Nothing was sent.");
        }
    }

    /// <summary>A serializer of the application's may write any text; JSON in UTF-8 puts another letter in the place of half a pair.</summary>
    private static void DemandOwnSerializer(BrokerOptions options, string text)
    {
        if (options.WritesJson)
        {
            int half = WellFormed.IndexOfHalf(text);
            throw new BodyFormatException(
                $"The body, a text, has half of a surrogate pair (\\u{(int)text[half]:x4}) at index {half}, which JSON cannot hold. "
                + "Send well-formed text, or its bytes as byte[]. Nothing was sent.");
        }
    }
}
