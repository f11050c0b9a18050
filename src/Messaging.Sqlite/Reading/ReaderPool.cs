using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Reading;

/// <summary>A few reading connections, opened when they are first needed, each used by one caller at a time.</summary>
internal sealed class ReaderPool(Fence fence, bool skipsDamaged, ReadHints hints) : IDisposable
{
    private const int MaxReaders = 4;

    // What the user has closed.
    private const string Store = "Messaging.Sqlite.SqliteMessageStore";

    private readonly SemaphoreSlim _places = new(MaxReaders);
    private readonly Lock _gate = new();
    private readonly Stack<BacklogReader> _free = [];
    private bool _disposed;

    /// <summary>Gets a reader; the caller returns it.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public BacklogReader Rent(CancellationToken cancellationToken)
    {
        _places.Wait(cancellationToken);
        try
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    throw new ObjectDisposedException(Store);
                }

                if (_free.TryPop(out BacklogReader? reader))
                {
                    return reader;
                }
            }

            return new BacklogReader(fence, skipsDamaged, hints);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    public void Return(BacklogReader reader)
    {
        lock (_gate)
        {
            _free.Push(reader);
        }

        _places.Release();
    }

    /// <summary>Waits for the reads that run, and lets no other begin before <see cref="LetGo"/>.</summary>
    public void HoldBack()
    {
        for (int i = 0; i < MaxReaders; i++)
        {
            _places.Wait();
        }
    }

    public void LetGo() => _places.Release(MaxReaders);

    /// <summary>Waits for the reads that run, and closes the connections.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        HoldBack();

        foreach (BacklogReader reader in _free)
        {
            reader.Dispose();
        }

        // Callers that come late are let in, to be told that the store is closed.
        LetGo();
    }
}
