using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Tables;
using Messaging.Storage;

namespace Messaging.Sqlite.Reading;

/// <summary>Reads the scheduled records that are due, on a reading connection.</summary>
internal sealed class ScheduledReader(ReadTransaction transaction)
{
    private readonly Statement _due =
        transaction.Database.Prepare($"SELECT {ScheduledRow.Whole} FROM scheduled WHERE due <= ?1 ORDER BY due, key");

    /// <summary>Reads scheduled records; damaged ones are left out.</summary>
    public void Read(long dueTicks, int maxRecords, List<ScheduledRecord> output)
    {
        _due.Bind(1, dueTicks);
        int most = output.Count + maxRecords;
        transaction.VerifyFile();
        try
        {
            while (output.Count < most && _due.Step())
            {
                if (ScheduledRow.TryRead(_due, out ScheduledRecord record))
                {
                    output.Add(record);
                }
            }
        }
        finally
        {
            _due.Reset();
        }
    }
}
