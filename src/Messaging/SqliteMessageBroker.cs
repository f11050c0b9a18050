using Messaging.Sqlite;

namespace Messaging;

/// <summary>Opens brokers on SQLite files, for every language of .NET.</summary>
/// <remarks>In C# 14 and later, <c>MessageBroker.OpenAsync("shop.db")</c> is the same method. Older C#, F# and Visual Basic have no static
/// extension methods: call <c>SqliteMessageBroker.OpenAsync("shop.db")</c> there.</remarks>
public static class SqliteMessageBroker
{
    extension(MessageBroker)
    {
        /// <summary>Opens a broker on a file, creating the file when it is not there.</summary>
        /// <remarks><c>MessageBroker.OpenAsync(path)</c> in C# 14 and later; <c>SqliteMessageBroker.OpenAsync(path)</c> in every language.</remarks>
        /// <param name="path">The plain path of the file; SQLite keeps two more beside it while it is open, <c>-wal</c> and <c>-shm</c>.</param>
        /// <param name="options">The broker's options; <see langword="null"/> means the defaults.</param>
        /// <param name="store">The store's options; <see langword="null"/> means the defaults.</param>
        /// <param name="cancellationToken">Ends the attempt.</param>
        /// <returns>The broker, which owns the file until it is disposed.</returns>
        /// <exception cref="ArgumentException">The path is empty, a connection string, a URI, or <c>:memory:</c>.</exception>
        /// <exception cref="StoreInUseException">Another broker, in this process or another one, has the file open.</exception>
        /// <exception cref="StoreFormatException">The file is not ours, of a newer version, or damaged, or a file beside it is not its own. All was left as it is.</exception>
        /// <exception cref="StoreException">The file cannot be opened for another reason: it is read-only or no file, for instance.</exception>
        public static ValueTask<MessageBroker> OpenAsync(
            string path,
            BrokerOptions? options = null,
            SqliteStoreOptions? store = null,
            CancellationToken cancellationToken = default) =>
            MessageBroker.OpenAsync(new SqliteMessageStore(path, store), options, cancellationToken);
    }
}
