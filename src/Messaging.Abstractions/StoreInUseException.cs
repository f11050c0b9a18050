namespace Messaging;

/// <summary>A store that another broker, in this process or another one, has open; it was left as it is.</summary>
public sealed class StoreInUseException : StoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="store">The store, a file's path for instance.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreInUseException(string store, Exception? innerException = null)
        : base($"'{store}' is open in another broker. A store has one owner at a time: close the other one first.", innerException) =>
        Store = store;

    /// <summary>Gets the store.</summary>
    public string Store { get; }
}
