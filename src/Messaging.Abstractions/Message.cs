using System.Text;

namespace Messaging;

/// <summary>A body with its send options, as an element of a batch.</summary>
/// <typeparam name="T">The type of the body.</typeparam>
/// <param name="Body">The body.</param>
/// <param name="Options">Id, headers and delay; <see langword="null"/> means none.</param>
public readonly record struct Message<T>(T Body, SendOptions? Options = null)
{
    // Neither a log nor an exception is to show a body by chance.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Options = ").Append(Options);
        return true;
    }
}
