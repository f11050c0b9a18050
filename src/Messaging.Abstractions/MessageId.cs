using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Messaging.Validation;

namespace Messaging;

/// <summary>The identity of a message: 128 bits, written as 32 hexadecimal digits.</summary>
public readonly struct MessageId : IEquatable<MessageId>, IParsable<MessageId>
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly ulong _high;
    private readonly ulong _low;

    /// <summary>Creates an id from its bits.</summary>
    /// <param name="high">The high 64 bits.</param>
    /// <param name="low">The low 64 bits.</param>
    public MessageId(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>Gets the high 64 bits.</summary>
    public ulong High => _high;

    /// <summary>Gets the low 64 bits.</summary>
    public ulong Low => _low;

    /// <summary>Creates an id from a GUID.</summary>
    /// <param name="value">The GUID; its text without dashes is the id's.</param>
    public static MessageId From(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return FromBytes(bytes);
    }

    /// <summary>Creates an id from a name of the application's own, such as an order number.</summary>
    /// <param name="name">The name; the same name always gives the same id (the first 128 bits of its SHA-256).</param>
    /// <exception cref="ArgumentException">The name is empty, or holds half of a surrogate pair.</exception>
    public static MessageId FromName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);

        // Replaced by a question mark, two different names could become one id, and the second message a duplicate.
        WellFormed.Demand(name, "The name of a message id", nameof(name));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return FromBytes(hash);
    }

    /// <inheritdoc/>
    public static MessageId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s ?? throw new ArgumentNullException(nameof(s)), provider, out MessageId id)
            ? id
            : throw new FormatException($"{WellFormed.Quote(s)} is not a message id: it must be 32 hexadecimal digits.");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MessageId result)
    {
        result = default;
        // The digits are checked first: the parsers of numbers overlook zero characters at the end.
        if (s is not { Length: 32 }
            || s.AsSpan().ContainsAnyExcept(_digits)
            || !ulong.TryParse(s.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong high)
            || !ulong.TryParse(s.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong low))
        {
            return false;
        }

        result = new MessageId(high, low);
        return true;
    }

    /// <summary>Compares two ids.</summary>
    public static bool operator ==(MessageId left, MessageId right) => left.Equals(right);

    /// <summary>Compares two ids.</summary>
    public static bool operator !=(MessageId left, MessageId right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(MessageId other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MessageId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_high:x16}{_low:x16}");

    private static MessageId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
}
