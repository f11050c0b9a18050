using Messaging.Diagnostics;

namespace Messaging.Writing;

/// <summary>The failure that has stopped the writer, with its words.</summary>
/// <remarks>The words of an exception are the user's code, perhaps: they are asked for once, and without a lock.</remarks>
internal sealed class WriterFailure
{
    private readonly string _text;

    private WriterFailure(StoreException cause, string text)
    {
        Cause = cause;
        _text = text;
    }

    public StoreException Cause { get; }

    /// <summary>Keeps a failure with its words.</summary>
    public static WriterFailure Of(StoreException cause) => new(cause, SafeText.MessageOf(cause));

    /// <summary>Gets the failure of a writer whose commit has failed, so that nobody knows what is stored.</summary>
    public static StoreException OfCommit(Exception exception) => exception switch
    {
        StoreException { MustReopen: true } final => final,
        StoreException certain => new StoreException(
            $"{SafeText.MessageOf(certain)} The broker cannot go on without what was refused: open it again.", certain)
        {
            MustReopen = true,
        },
        _ => new StoreOutcomeUnknownException("The commit failed; what it held may be there after the broker is opened again.", exception),
    };

    /// <summary>Gets the failure of a writer that has ended by an unexpected exception.</summary>
    public static StoreException OfEnd(Exception exception) => new(
        $"The thread that commits to the store has ended unexpectedly ({TypeName.Of(exception.GetType())}).", exception)
    {
        MustReopen = true,
    };

    /// <summary>Gets what those are told who come after the failure.</summary>
    public StoreException NothingStored() => new(
        $"Nothing of this was stored: the store has failed before ({_text}) "
        + "and confirms nothing more. Open the broker again; what was not confirmed can be sent again then, with the same message ids.",
        Cause)
    {
        MustReopen = true,
    };
}
