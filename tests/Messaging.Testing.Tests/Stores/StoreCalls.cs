using System.Text;
using Messaging.Storage;

namespace Messaging.Testing.Tests.Stores;

/// <summary>Short calls of a store, on log 1 where nothing else is said.</summary>
internal static class StoreCalls
{
    public const int Log = 1;

    public static Task AppendAsync(this IMessageStore store, Durability durability, params long[] sequences) =>
        store.CommitAsync(durability, commit => commit.Append(Log, sequences));

    public static Task CommitAsync(this IMessageStore store, Durability durability, Action<StoreCommit> fill)
    {
        var commit = new StoreCommit { Durability = durability };
        fill(commit);
        return store.CommitAsync(commit).AsTask();
    }

    public static void Append(this StoreCommit commit, int log, params long[] sequences) =>
        commit.Appends.AddRange(sequences.Select(n => new StoreAppend(log, n, Text($"{n}"))));

    public static async Task<List<long>> ReadAsync(this IMessageStore store, int log = Log)
    {
        var records = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(log, 1, 1_000, int.MaxValue), records);
        return records.ConvertAll(record => record.Sequence);
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
