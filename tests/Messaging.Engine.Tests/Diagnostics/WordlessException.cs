namespace Messaging.Engine.Tests.Diagnostics;

/// <summary>An exception all of whose words throw.</summary>
internal sealed class WordlessException(Exception? inner = null) : Exception("never read", inner)
{
    public override string Message => throw new WordlessException();

    public override string? StackTrace => throw new WordlessException();

    public override string ToString() => throw new WordlessException();
}
