using System.Runtime.CompilerServices;

namespace Messaging.PerfTests.Running;

/// <summary>The text of a <see cref="WrongResultException"/>, made only if the condition before it does not hold: checks stand where messages are counted by the million.</summary>
[InterpolatedStringHandler]
internal ref struct WrongResultText
{
    private DefaultInterpolatedStringHandler _text;

    public WrongResultText(int literalLength, int formattedCount, bool condition, out bool isWanted)
    {
        isWanted = !condition;
        _text = isWanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
