using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Files;
using Messaging.Storage;

namespace Messaging.Sqlite.Reading;

/// <summary>A reading connection: finds a log's records through its places and the directories, and loads only the bodies that hold them.</summary>
/// <remarks>Each call is one short read transaction, so that it sees one state of the file and pins the write-ahead log no longer.</remarks>
internal sealed class BacklogReader : IDisposable
{
    private readonly ReadTransaction _transaction;
    private readonly StretchFinder _finder;
    private readonly BatchScan _scan;
    private readonly ReadHints _hints;

    public BacklogReader(Fence fence, bool skipsDamaged, ReadHints hints)
    {
        _hints = hints;
        _transaction = new ReadTransaction(fence);
        try
        {
            _finder = new StretchFinder(_transaction.Database);
            _scan = new BatchScan(_transaction.Database, _transaction.Path, skipsDamaged, hints);
            Scheduled = new ScheduledReader(_transaction);
        }
        catch
        {
            _transaction.Dispose();
            throw;
        }
    }

    /// <summary>Gets the reader of the scheduled records.</summary>
    public ScheduledReader Scheduled { get; }

    /// <summary>Reads records of a log; what was found before damage is returned without it.</summary>
    /// <exception cref="StoreDamagedException">The first record is damaged.</exception>
    public void Read(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken)
    {
        var collector = new RecordCollector(range, output);
        long read = _hints.BeginRead();
        _transaction.Begin();
        try
        {
            _transaction.VerifyFile();
            if (_finder.TryFindLog(range.Log, out long number))
            {
                _scan.Begin(range.Log, number, read);
                ReadStretches(number, ref collector, cancellationToken);
            }
        }
        catch (StoreDamagedException) when (collector.Found)
        {
            // The caller gets the records before the damage now, and the exception when it asks for the next ones.
        }
        finally
        {
            _transaction.End();
        }
    }

    public void Dispose() => _transaction.Dispose();

    private void ReadStretches(long number, ref RecordCollector collector, CancellationToken cancellationToken)
    {
        while (!collector.IsFull)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Stretch stretch = _finder.Find(number, collector.Next);
            _scan.Collect(stretch, ref collector);
            if (stretch.Last == long.MaxValue)
            {
                return;
            }

            if (!collector.IsFull)
            {
                collector.SkipTo(stretch.Last + 1);
            }
        }
    }
}
