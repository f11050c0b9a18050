namespace Messaging;

/// <summary>A store that is not ours to open: foreign, of a newer version, or damaged; it was left as it is.</summary>
public sealed class StoreFormatException : StoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="store">The store, a file's path for instance.</param>
    /// <param name="problem">What was found, and what was expected.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreFormatException(string store, string problem, Exception? innerException = null)
        : base($"'{store}' cannot be opened: {problem} It was left as it is.", innerException) =>
        Store = store;

    /// <summary>Gets the store.</summary>
    public string Store { get; }
}
