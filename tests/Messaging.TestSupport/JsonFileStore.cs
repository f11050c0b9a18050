using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Messaging.Records;
using Messaging.Storage;

namespace Messaging.TestSupport;

/// <summary>A store in one JSON document, written whole with each commit: an example of what it takes to write a store of one's own.</summary>
/// <remarks>
/// <para>What is stored is a value that never changes. A commit makes the next one, writes it to a file beside the store's, flushes that to
/// the disk, renames it over the old one, and only then shows it to readers, which need no lock.</para>
/// <para>The new name may reach the disk later than the bytes: a power cut may bring back the document before, but never half of one.
/// Hence the promise of <see cref="Durability.Process"/>. Whoever owns the store keeps the file <c>.lock</c> beside it open for itself.</para>
/// </remarks>
/// <param name="path">The file. The first opening creates it.</param>
public sealed class JsonFileStore(string path) : IMessageStore
{
    private const string Format = "messaging-json-1";

    private static readonly JsonSerializerOptions _json =
        new() { Converters = { new IdConverter() }, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private FileStream? _owned;

    // Written by the one writer. A reader takes it once, and so sees whole commits.
    private volatile Document? _current;
    private volatile bool _isDisposed;

    public StoreFeatures Features { get; } = new() { MaxDurability = Durability.Process, SurvivesReopen = true, SupportsBackup = true };

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        FileStream owned = Own();
        try
        {
            Document found = Load();
            Document opened = found with { Epoch = found.Epoch + 1, IsClosed = false };
            Write(opened, path, overwrite: true);
            (_owned, _current) = (owned, opened);
            return ValueTask.FromResult(new StoreContents
            {
                Epoch = opened.Epoch,
                StoreId = opened.StoreId,
                ClosedCleanly = found.IsClosed,
                Entries = opened.Entries,
                LastSequences = opened.LastSequences,
                MeanRecordBytes = opened.Logs.Where(log => log.Value.Length > 0).ToDictionary(log => log.Key, log => (long)log.Value.Average(r => r.Payload.Length)),
                Cursors = opened.Cursors,
                Scheduled = [.. opened.Scheduled.Select(record => record with { Payload = default })],
                MessageIds = opened.MessageIds,
            });
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Document next = Current().With(commit);
        if (!commit.IsEmpty)
        {
            Write(next, path, overwrite: true);
            _current = next;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoreRecord[] records = Current().Logs.GetValueOrDefault(range.Log, []);
        long bytes = 0;
        int first = output.Count;
        for (int i = IndexOf(records, range.First);
            i < records.Length && output.Count - first < range.MaxRecords && (output.Count == first || bytes < range.MaxBytes);
            i++)
        {
            output.Add(records[i]);
            bytes += records[i].Payload.Length;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        output.AddRange(Current().Scheduled.TakeWhile(record => record.DueTicks <= dueTicks).Take(maxRecords));
        return ValueTask.CompletedTask;
    }

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        Current(); // There is nothing to do: each commit writes only what is live.
        return ValueTask.CompletedTask;
    }

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(Current(), path, overwrite: false);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _owned?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns the path, by which messages name the store.</summary>
    public override string ToString() => path;

    private FileStream Own()
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new StoreException($"'{path}' cannot be opened: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new StoreInUseException(path, e);
        }
    }

    private Document Load()
    {
        if (!File.Exists(path))
        {
            return new Document(Format, BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)), 0, IsClosed: true, [], [], [], [], [], []);
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            return JsonSerializer.Deserialize<Document>(file, _json) is { Format: Format } document
                ? document
                : throw new StoreFormatException(path, $"It is of another format than {Format}.");
        }
        catch (JsonException e)
        {
            throw new StoreFormatException(path, $"It is not a document of the format {Format}.", e);
        }
    }

    private static void Write(Document document, string target, bool overwrite)
    {
        string unfinished = target + ".new";
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                JsonSerializer.Serialize(file, document, _json);
                file.Flush(flushToDisk: true);
            }

            // It replaces the file or fails and changes nothing: no commit ends in doubt.
            File.Move(unfinished, target, overwrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }

            throw new StoreException($"'{target}' cannot be written: {e.Message} Nothing was stored.", e);
        }
    }

    // The place of the first record at or after a sequence number.
    private static int IndexOf(StoreRecord[] records, long sequence)
    {
        int at = Array.BinarySearch(records, new StoreRecord(sequence, default), Comparer<StoreRecord>.Create((a, b) => a.Sequence.CompareTo(b.Sequence)));
        return at < 0 ? ~at : at;
    }

    private Document Current()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _current ?? throw new InvalidOperationException("The store is not open: call OpenAsync first.");
    }

    /// <summary>All that is stored.</summary>
    private sealed record Document(
        string Format, uint StoreId, uint Epoch, bool IsClosed, StoreEntry[] Entries, Dictionary<int, StoreRecord[]> Logs,
        Dictionary<int, long> LastSequences, StoreCursor[] Cursors, ScheduledRecord[] Scheduled, StoreMessageId[] MessageIds)
    {
        /// <summary>Makes the document that a commit leads to. Bytes are copied: the commit's belong to its caller.</summary>
        public Document With(StoreCommit commit)
        {
            var logs = new Dictionary<int, StoreRecord[]>(Logs);
            var last = new Dictionary<int, long>(LastSequences);
            foreach (IGrouping<int, StoreAppend> log in commit.Appends.GroupBy(append => append.Log))
            {
                foreach (StoreAppend append in log)
                {
                    last[log.Key] = append.Sequence > last.GetValueOrDefault(log.Key)
                        ? append.Sequence
                        : throw new ArgumentException($"Record {append.Sequence} of log {log.Key} does not follow record {last.GetValueOrDefault(log.Key)}.", nameof(commit));
                }

                logs[log.Key] = [.. logs.GetValueOrDefault(log.Key, []), .. log.Select(append => new StoreRecord(append.Sequence, append.Payload.ToArray()))];
            }

            foreach (IGrouping<int, StoreTrim> trims in commit.Trims.GroupBy(trim => trim.Log).Where(trims => logs.ContainsKey(trims.Key)))
            {
                logs[trims.Key] = [.. logs[trims.Key].Where(record => !trims.Any(trim => record.Sequence >= trim.First && record.Sequence < trim.Below))];
            }

            // What goes is dealt with last: it goes with all that the same commit brings.
            bool IsLeft(int id) => !commit.Removed.Contains(id);
            return this with
            {
                IsClosed = commit.Closing,
                Logs = logs.Where(log => IsLeft(log.Key)).ToDictionary(),
                LastSequences = last.Where(log => IsLeft(log.Key)).ToDictionary(),
                Entries = [.. Replaced(Entries, commit.Declared, entry => entry.Id).Where(entry => IsLeft(entry.Id))],
                Cursors = [.. Replaced(Cursors, commit.Cursors.Select(cursor => cursor with { State = cursor.State.ToArray() }), cursor => (cursor.Subscription, cursor.Log))
                    .Where(cursor => IsLeft(cursor.Subscription) && IsLeft(cursor.Log))],
                Scheduled = [.. Replaced(Scheduled, commit.Scheduled.Select(record => record with { Payload = record.Payload.ToArray() }), record => record.MessageId)
                    .ExceptBy(commit.Unscheduled, record => record.MessageId).Where(record => IsLeft(record.Log)).OrderBy(record => record.DueTicks)],
                MessageIds = [.. Replaced(MessageIds, commit.MessageIds, id => id.Ordinal)
                    .Where(id => id.Ordinal >= commit.ForgetBelow && !commit.Forgotten.Contains(id.Ordinal) && IsLeft(id.Log)).OrderBy(id => id.Ordinal)],
            };
        }

        // The last one of a key wins.
        private static IEnumerable<T> Replaced<T, TKey>(IEnumerable<T> old, IEnumerable<T> replacing, Func<T, TKey> key) =>
            old.ExceptBy(replacing.Select(key), key).Concat(replacing.Reverse().DistinctBy(key).Reverse());
    }

    private sealed class IdConverter : JsonConverter<MessageId>
    {
        public override MessageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            MessageId.TryParse(reader.GetString(), null, out MessageId id) ? id : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, MessageId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
