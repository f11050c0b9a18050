using System.Buffers.Binary;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Schema;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

public sealed class RefusalTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_TextFile_IsRefused()
    {
        await File.WriteAllTextAsync(_folder.Path, "This is not a store. " + new string('x', 5_000));

        await VerifyRefusedAsync<StoreFormatException>("*not an SQLite file. Name the file of a store, or a path where nothing is yet.*");
    }

    [Fact]
    public async Task Open_FileOfOneByte_IsRefused()
    {
        await File.WriteAllBytesAsync(_folder.Path, [1]);

        await VerifyRefusedAsync<StoreFormatException>("*not an SQLite file. Name the file of a store, or a path where nothing is yet.*");
    }

    [Fact]
    public async Task Open_DatabaseOfSomebodyElse_IsRefused()
    {
        await File.WriteAllBytesAsync(_folder.Path, []);
        using (var database = new Database(_folder.Path, queryOnly: false))
        {
            database.Execute("PRAGMA journal_mode=WAL; CREATE TABLE customers (id INTEGER PRIMARY KEY); INSERT INTO customers VALUES (1)");
        }

        await VerifyRefusedAsync<StoreFormatException>("*not a message store. Name the file of a store, or a path where nothing is yet.*");
    }

    [Fact]
    public async Task Open_NewerVersion_IsRefused()
    {
        await _folder.CreateAsync();
        using (var database = new Database(_folder.Path, queryOnly: false))
        {
            database.Execute("PRAGMA user_version=99");
        }

        await VerifyRefusedAsync<StoreFormatException>("*version 99*newer program*");
    }

    [Fact]
    public async Task Open_TruncatedFile_IsRefused()
    {
        await _folder.CreateAsync();
        using (FileStream file = File.OpenWrite(_folder.Path))
        {
            file.SetLength(file.Length / 2);
        }

        await VerifyRefusedAsync<StoreFormatException>("*damaged*");
    }

    [Fact]
    public async Task Open_DamagedSchema_IsRefused()
    {
        await _folder.CreateAsync();
        Overwrite(200, 3_000);

        await VerifyRefusedAsync<StoreFormatException>("*damaged*");
    }

    [Fact]
    public async Task Open_DamagedDirectory_IsRefused()
    {
        await _folder.CreateAsync();
        using (var database = new Database(_folder.Path, queryOnly: false))
        {
            database.Execute("UPDATE batch SET directory = x'00112233445566778899'");
        }

        await VerifyRefusedAsync<StoreFormatException>("*damaged*checksum*");
    }

    [Fact]
    public async Task Open_DamagedCursors_AreRefused()
    {
        await using (SqliteMessageStore store = await _folder.OpenAsync())
        {
            await StoreFolder.CommitAsync(store, commit => commit.Cursors.Add(new StoreCursor(1, 1, new byte[20])));
        }

        using (var database = new Database(_folder.Path, queryOnly: false))
        {
            database.Execute("UPDATE cursor_shard SET entries = CAST(entries || x'01' AS BLOB)");
        }

        await VerifyRefusedAsync<StoreFormatException>("*places of the queues and subscriptions number 0 to 127*damaged*SkipDamaged*");
    }

    [Fact]
    public async Task Open_ReadOnlyFile_IsRefused()
    {
        await _folder.CreateAsync();
        File.SetAttributes(_folder.Path, FileAttributes.ReadOnly);
        try
        {
            await VerifyRefusedAsync<StoreException>("*the file is read-only*Allow the process to write, or open a copy.");
        }
        finally
        {
            File.SetAttributes(_folder.Path, FileAttributes.Normal);
        }
    }

    [Fact]
    public async Task Open_ReadOnlyDirectory_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no directory modes.");
            return;
        }

        UnixFileMode mode = File.GetUnixFileMode(_folder.Directory);
        File.SetUnixFileMode(_folder.Directory, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            await VerifyRefusedAsync<StoreException>("*directory is read-only. Allow the process to write there, or use another directory.");
        }
        finally
        {
            File.SetUnixFileMode(_folder.Directory, mode);
        }
    }

    [Fact]
    public async Task Open_DirectoryOpenToEverybody_IsRefusedUnlessAllowed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no directory modes.");
            return;
        }

        File.SetUnixFileMode(_folder.Directory, (UnixFileMode)0b111_111_111);

        await VerifyRefusedAsync<StoreException>("*everybody may write*AllowSharedDirectory*");

        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { AllowSharedDirectory = true });
    }

    [Fact]
    public async Task Open_DirectoryThatIsALink_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Links need rights on Windows.");
            return;
        }

        Directory.CreateDirectory(_folder.File("real"));
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("real"));

        Func<Task> act = () => new SqliteMessageStore(Path.Combine(_folder.File("link"), "store.db")).OpenAsync().AsTask();

        await act.Should().ThrowAsync<StoreException>().WithMessage("*symbolic link*");
        Directory.GetFileSystemEntries(_folder.File("real")).Should().BeEmpty();
    }

    [Fact]
    public async Task Open_Directory_IsRefused()
    {
        Directory.CreateDirectory(_folder.Path);

        Func<Task> act = () => _folder.OpenAsync();

        await act.Should().ThrowAsync<StoreException>().WithMessage("*is a directory, and a store is a file. Name a file in it, such as '*store.db?messages.db'.");
        _folder.Files.Should().Equal("store.db");
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Open_EmptyPath_IsRefusedWithACallToWrite(string path) =>
        FluentActions.Invoking(() => new SqliteMessageStore(path))
            .Should().Throw<ArgumentException>().WithMessage("The path is empty. Name a file: new SqliteMessageStore(\"shop.db\")*");

    [Fact]
    public async Task Open_MissingDirectory_IsRefused()
    {
        Func<Task> act = () => new SqliteMessageStore(Path.Combine(_folder.File("nowhere"), "store.db")).OpenAsync().AsTask();

        await act.Should().ThrowAsync<StoreException>().WithMessage("*no directory*");
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public async Task Header_OfAStore_SaysWhoseItIs()
    {
        await _folder.CreateAsync();

        byte[] header = await File.ReadAllBytesAsync(_folder.Path);

        BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(68)).Should().Be(FileHeader.ApplicationId);
        BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(60)).Should().Be(Migrator.Embedded().Newest);
        BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(16)).Should().Be((ushort)FilePage.Size);
    }

    private void Overwrite(int from, int count)
    {
        using FileStream file = File.OpenWrite(_folder.Path);
        file.Position = from;
        file.Write(Enumerable.Repeat((byte)0xA5, count).ToArray());
    }

    // The refusal leaves every byte as it was and nothing beside it.
    private async Task VerifyRefusedAsync<TException>(string message)
        where TException : StoreException
    {
        File.Delete(_folder.Path + "-lock");
        byte[]? before = File.Exists(_folder.Path) ? await File.ReadAllBytesAsync(_folder.Path) : null;
        string[] files = _folder.Files;

        Func<Task> act = () => _folder.OpenAsync();

        (await act.Should().ThrowAsync<StoreException>().WithMessage(message)).Which.Should().BeOfType<TException>();
        _folder.Files.Should().Equal(files);
        if (before is not null)
        {
            (await File.ReadAllBytesAsync(_folder.Path)).AsSpan().SequenceEqual(before).Should().BeTrue();
        }
    }
}
