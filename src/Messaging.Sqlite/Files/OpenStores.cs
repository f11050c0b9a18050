using System.Collections.Concurrent;

namespace Messaging.Sqlite.Files;

/// <summary>The stores that this process has open, by path and by file, for the case that a lock file was deleted.</summary>
/// <remarks>Whoever opens a file and closes it again, to look at it, takes away the locks that SQLite has on it in the same process. An owner that nobody
/// disposes is known weakly: its store is free when it is collected, with its handle.</remarks>
internal static class OpenStores
{
    private static readonly ConcurrentDictionary<string, WeakReference<OwnershipLock>> _owners = new(StringComparer.Ordinal);

    /// <summary>Enters a store; false if another owner has it.</summary>
    /// <param name="store">A full path, or the words of a <see cref="FileIdentity"/>.</param>
    /// <param name="owner">The same object at leaving.</param>
    public static bool TryEnter(string store, WeakReference<OwnershipLock> owner)
    {
        while (true)
        {
            WeakReference<OwnershipLock> present = _owners.GetOrAdd(store, owner);
            if (present == owner || (!present.TryGetTarget(out _) && _owners.TryUpdate(store, owner, present)))
            {
                return true;
            }

            if (present.TryGetTarget(out _))
            {
                return false;
            }
        }
    }

    /// <summary>Leaves a store that the owner entered.</summary>
    public static void Leave(string store, WeakReference<OwnershipLock> owner) => _owners.TryRemove(KeyValuePair.Create(store, owner));
}
