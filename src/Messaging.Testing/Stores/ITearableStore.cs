using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>A store that can be told to be interrupted in the middle of a commit.</summary>
internal interface ITearableStore
{
    /// <summary>Writes a part of a commit and takes nothing more: the commit is to be there whole or not at all after reopening.</summary>
    void Tear(StoreCommit commit);
}
