using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Files;

/// <summary>A file in the making, under another name: it gets its own when it is whole and on the disk, and goes otherwise.</summary>
/// <remarks>It is held open and locked meanwhile, so that nobody else takes it for what a crash has left.</remarks>
internal sealed class UnfinishedFile : IDisposable
{
    private readonly string _target;
    private readonly FileStream _claim;
    private bool _isComplete;

    /// <summary>Creates the empty file, readable and writable for its owner only.</summary>
    /// <param name="target">The name that it will get.</param>
    /// <param name="ending">What its name has more until then.</param>
    /// <exception cref="IOException">Something that is not ours has that name, or the file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be created.</exception>
    public UnfinishedFile(string target, string ending)
    {
        _target = target;
        Name = target + ending;
        RemoveLeftOver();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = Share };
        if (!OperatingSystem.IsWindows())
        {
            // SQLite gives its other files the mode of this one.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _claim = new FileStream(Name, options);
    }

    /// <summary>Gets the file to write to.</summary>
    public string Name { get; }

    // SQLite's own locks are of another kind, but for Windows.
    private static FileShare Share => OperatingSystem.IsWindows() ? FileShare.ReadWrite | FileShare.Delete : FileShare.None;

    /// <summary>Brings the file to the disk and gives it its name.</summary>
    /// <param name="replacesEmpty">Whether an empty file may give way.</param>
    /// <exception cref="IOException">It cannot have it.</exception>
    public void Complete(bool replacesEmpty)
    {
        foreach (string ending in Neighbours.OfSqlite)
        {
            if (!PathEntry.Of(Name + ending).IsMissing)
            {
                throw new IOException($"SQLite could not finish with '{Name}', and keeps '{Name}{ending}'.");
            }
        }

        _claim.Flush(flushToDisk: true);
        NewName.Give(Name, _target, replacesEmpty);
        _isComplete = true;
    }

    public void Dispose()
    {
        try
        {
            if (!_isComplete)
            {
                Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next one removes it, and the caller has the exception that says what went wrong.
        }
        finally
        {
            _claim.Dispose();
        }
    }

    // A whole store may have such a name, too: it has a lock file, or was opened or copied before. One that is open in this process is not looked
    // at: closing it again would take away SQLite's locks on it.
    private static bool IsUnfinished(string path) =>
        PathEntry.Of(path + Neighbours.Lock).IsMissing && BeginsLikeOurs(path)
        && (!path.EndsWith(Neighbours.New, StringComparison.Ordinal) || MetaRow.In(path) is null or { Epoch: 0 });

    private static bool BeginsLikeOurs(string path)
    {
        Span<byte> header = stackalloc byte[FileHeader.Length];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, Share, bufferSize: 0);
            int length = file.ReadAtLeast(header, FileHeader.Length, throwOnEndOfStream: false);
            return header[..length].IndexOfAnyExcept((byte)0) < 0 || FileHeader.IsOurs(header[..length]);
        }
        catch (IOException e)
        {
            throw new IOException($"'{path}' is being written by somebody else, or cannot be read: {e.Message}", e);
        }
    }

    // Of ours, a crash leaves an empty file, one whose beginning was not written yet, or one with our mark.
    private void RemoveLeftOver()
    {
        PathEntry left = PathEntry.Of(Name);
        bool isOurs = left.IsPlainFile && IsUnfinished(Name);
        if (!isOurs && !left.IsMissing)
        {
            throw new IOException($"'{Name}' is in the way: {left.Describe()} that was not left by an unfinished store. Move it away.");
        }

        foreach (string ending in Neighbours.OfSqlite)
        {
            PathEntry entry = PathEntry.Of(Name + ending);
            if (!entry.IsMissing && !(isOurs && entry.IsPlainFile))
            {
                throw new IOException($"'{Name}{ending}' is in the way: {entry.Describe()} that was not left by an unfinished store. Move it away.");
            }
        }

        if (isOurs)
        {
            Delete();
        }
    }

    private void Delete()
    {
        File.Delete(Name);
        foreach (string ending in Neighbours.OfSqlite)
        {
            File.Delete(Name + ending);
        }
    }
}
