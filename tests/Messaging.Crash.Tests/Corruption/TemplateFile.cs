using Messaging.Sqlite;
using Messaging.Testing;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>A whole file that the cases copy and damage, in memory, with what it must hold.</summary>
internal sealed class TemplateFile
{
    private TemplateFile(byte[] file, byte[]? log, Contents contents)
    {
        File = file;
        Log = log;
        Contents = contents;
    }

    /// <summary>Gets the bytes of the file.</summary>
    public byte[] File { get; }

    /// <summary>Gets the bytes of the write-ahead log; <see langword="null"/> for a file that was closed.</summary>
    public byte[]? Log { get; }

    public Contents Contents { get; }

    /// <summary>Makes a file that was closed in order, or one whose process died with a part of it in the log.</summary>
    public static async Task<TemplateFile> MakeAsync(string path, int seed, bool closed)
    {
        var random = new Random(seed);
        var contents = new Contents();
        var time = new VirtualTime();
        await using (MessageBroker broker = await OpenAsync(path, time, maintains: true))
        {
            await using var filling = new Filling(broker, random, contents);
            await filling.OpenAsync();
            await broker.SubscribeAsync("gone", "gone");
            await broker.Topic("gone").Producer<string>().SendAsync(NamedBody.Of("gone", 1_000));
            await filling.StepAsync(420);
            await filling.SendManyAsync(100);
            await broker.UnsubscribeAsync("gone");
            await filling.StepAsync(30);
        }

        if (closed)
        {
            return new TemplateFile(await System.IO.File.ReadAllBytesAsync(path), log: null, contents);
        }

        // From here on the file stays as it is, and all goes into the log.
        contents.ForgetSteps();
        await using MessageBroker dying = await OpenAsync(path, time, maintains: false);
        await using var more = new Filling(dying, random, contents, firstName: 10_000);
        await more.OpenAsync();
        await more.StepAsync(90);
        return new TemplateFile(await System.IO.File.ReadAllBytesAsync(path), await ReadOpenAsync(path + "-wal"), contents);
    }

    private static ValueTask<MessageBroker> OpenAsync(string path, TimeProvider time, bool maintains) =>
        MessageBroker.OpenAsync(
            new WatchedStore(new SqliteMessageStore(path, new SqliteStoreOptions { AllowSharedDirectory = true }), maintains),
            new BrokerOptions { TimeProvider = time });

    private static async Task<byte[]> ReadOpenAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }
}
