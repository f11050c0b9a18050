using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Messaging.Validation;

namespace Messaging;

/// <summary>The headers of a message: text by name, names compared ordinally.</summary>
/// <remarks>A send copies them; changing them afterwards changes no message. Not for use by several threads while one writes.</remarks>
public sealed class MessageHeaders : IReadOnlyDictionary<string, string>
{
    private readonly Dictionary<string, string> _values;
    private readonly bool _frozen;

    /// <summary>Creates empty headers.</summary>
    public MessageHeaders() => _values = new Dictionary<string, string>(StringComparer.Ordinal);

    private MessageHeaders(Dictionary<string, string> values, bool frozen)
    {
        _values = values;
        _frozen = frozen;
    }

    /// <summary>Gets the headers of a message that has none.</summary>
    public static MessageHeaders Empty { get; } = new(new Dictionary<string, string>(0), frozen: true);

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _values.Values;

    /// <summary>Gets or sets a header.</summary>
    /// <param name="key">The name, not empty.</param>
    /// <exception cref="ArgumentException">Writing: the name is empty, or the name or the text has half of a surrogate pair, which a file cannot hold.</exception>
    /// <exception cref="KeyNotFoundException">Reading: there is no such header.</exception>
    /// <exception cref="InvalidOperationException">Writing: these are the headers of a delivered message.</exception>
    public string this[string key]
    {
        get => _values[key];
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            if (value is null)
            {
                throw new ArgumentNullException(nameof(value), $"The header {WellFormed.Quote(key)} is null. Give it a text, or leave it out.");
            }

            if (_frozen)
            {
                throw new InvalidOperationException("The headers of a delivered message cannot be changed.");
            }

            if (WellFormed.IndexOfHalf(key) >= 0)
            {
                WellFormed.Demand(key, $"The header name {WellFormed.Quote(key)}", nameof(key));
            }

            if (WellFormed.IndexOfHalf(value) >= 0)
            {
                WellFormed.Demand(value, $"The text of the header {WellFormed.Quote(key)}", nameof(value));
            }

            _values[key] = value;
        }
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _values.TryGetValue(key, out value);

    /// <summary>Makes a copy that can no longer be changed; for engines and transports.</summary>
    public MessageHeaders ToFrozen() =>
        _frozen ? this : new MessageHeaders(new Dictionary<string, string>(_values, StringComparer.Ordinal), frozen: true);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    /// <summary>Describes the headers in one line: their number and the first names, without their texts.</summary>
    public override string ToString()
    {
        const int Shown = 5;
        string names = string.Join(", ", _values.Keys.Take(Shown).Select(WellFormed.Quote));
        return Count == 0 ? "no headers" : string.Create(CultureInfo.InvariantCulture, $"{Count} headers: {names}{(Count > Shown ? ", …" : "")}");
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
