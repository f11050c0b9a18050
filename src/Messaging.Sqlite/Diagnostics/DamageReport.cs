using Messaging.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Diagnostics;

/// <summary>The damage that an opening meets: refused at once, or listed where the user has asked to pass over it.</summary>
/// <param name="passesOver">Whether to list it and go on.</param>
internal sealed class DamageReport(bool passesOver)
{
    private const int MaxListed = 100;

    private readonly List<StoreDamage> _found = [];
    private long _more;

    /// <summary>Gets what was found; of very much, the first places and how many more there are.</summary>
    public IReadOnlyList<StoreDamage> Found =>
        _more == 0 ? [.. _found] : [.. _found, new StoreDamage($"There are {_more} more damaged places.")];

    /// <summary>Gets or sets a value indicating whether places of subscriptions are among what is damaged.</summary>
    public bool LostCursors { get; set; }

    /// <summary>Tells the exceptions that damaged bytes cause from those that a disk or a program causes.</summary>
    public static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT };

    /// <summary>Deals with damage that can be passed over.</summary>
    /// <exception cref="InvalidDataException">It is not to be passed over.</exception>
    public void Meet(StoreDamage damage, Exception? cause = null)
    {
        if (!passesOver)
        {
            throw new InvalidDataException($"{damage.Problem} With {nameof(SqliteStoreOptions.SkipDamaged)} it can be opened all the same.", cause);
        }

        Note(damage);
    }

    /// <summary>Lists damage once, however often it is met.</summary>
    public void Note(StoreDamage damage)
    {
        if (_found.Contains(damage))
        {
            return;
        }

        if (_found.Count < MaxListed)
        {
            _found.Add(damage);
        }
        else
        {
            _more++;
        }
    }
}
