using System.Collections.Immutable;

namespace Messaging.Sqlite.Paths;

/// <summary>The files beside a store, which share its name and add an ending.</summary>
/// <remarks>SQLite believes what has such a name. So all are looked at first: a file of its own may be ours, anything else is not.</remarks>
internal static class Neighbours
{
    public const string Log = "-wal";
    public const string Index = "-shm";
    public const string Journal = "-journal";
    public const string Lock = "-lock";
    public const string New = "-new";
    public const string Unfinished = "-unfinished";

    private static readonly string[] _all = [Log, Index, Journal, Lock, New, Unfinished];

    /// <summary>Gets the endings of the files that SQLite keeps beside a database.</summary>
    public static ImmutableArray<string> OfSqlite { get; } = [Log, Index, Journal];

    /// <summary>Throws unless the files beside a store can be its own.</summary>
    /// <param name="path">The store's file.</param>
    /// <exception cref="StoreException">One of them is no file, or a file that has another name too.</exception>
    /// <exception cref="StoreFormatException">There is a rollback journal: no store has one, from its first moment.</exception>
    public static void Verify(string path)
    {
        VerifyKind(path, Lock);
        foreach (string ending in OfSqlite)
        {
            PathEntry entry = VerifyKind(path, ending);
            if (ending == Journal && entry.Length > 0)
            {
                throw new StoreFormatException(
                    path,
                    $"'{path}{Journal}' beside it is a rollback journal, which a store does not have: it belongs to something else, and SQLite would "
                    + "overwrite the store with it. Move that file away.");
            }
        }
    }

    /// <summary>Gets the store whose neighbour's name a path has; <see langword="null"/> if there is none.</summary>
    public static string? OwnerOf(string path)
    {
        foreach (string ending in _all)
        {
            if (path.EndsWith(ending, StringComparison.Ordinal) && Path.GetFileName(path).Length > ending.Length
                && PathEntry.Of(path[..^ending.Length]).Kind == PathKind.File)
            {
                return path[..^ending.Length];
            }
        }

        return null;
    }

    private static PathEntry VerifyKind(string path, string ending)
    {
        PathEntry entry = PathEntry.Of(path + ending);
        return entry.IsMissing || entry.IsPlainFile
            ? entry
            : throw new StoreException(
                $"'{path}' cannot be opened: '{path}{ending}' beside it is {entry.Describe()}, and a store keeps a file of its own there. Move it away.");
    }
}
