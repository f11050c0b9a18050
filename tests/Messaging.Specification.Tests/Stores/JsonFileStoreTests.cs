using Messaging.Storage;
using Messaging.TestSupport;
using Messaging.Testing.Stores;

namespace Messaging.Specification.Tests.Stores;

/// <summary>The specification, as a third party runs it on a store of its own; and what only this store does.</summary>
public sealed class JsonFileStoreTests : IDisposable
{
    private readonly MemoryFolder _folder = new();

    public static TheoryData<string> Cases => [.. StoreSpecification.CasesFor(new JsonFileStore("any.json").Features).Select(one => one.Name)];

    private string File => _folder.File("store.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task JsonFileStore_EachCase_IsPassed(string name) =>
        await StoreSpecification.Case(name).RunAsync(() => new JsonFileStore(File), path => new JsonFileStore(path));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("not JSON")]
    [InlineData("[1, 2]")]
    [InlineData("{\"orders\": 3}")]
    [InlineData("{\"Format\": \"messaging-json-2\", \"StoreId\": 1}")]
    public async Task Open_FileThatIsNotOurs_IsRefusedAndLeftAsItIs(string text)
    {
        await System.IO.File.WriteAllTextAsync(File, text);
        await using var store = new JsonFileStore(File);

        await store.Awaiting(s => s.OpenAsync().AsTask()).Should().ThrowAsync<StoreFormatException>().WithMessage($"'{File}' cannot be opened: *");

        (await System.IO.File.ReadAllTextAsync(File)).Should().Be(text);
        System.IO.File.Delete(File);
        await store.OpenAsync();
    }

    [Fact]
    public async Task Open_OfAFolderThatIsNotThere_IsRefused()
    {
        await using var store = new JsonFileStore(_folder.File("nowhere/store.json"));

        await store.Awaiting(s => s.OpenAsync().AsTask()).Should().ThrowAsync<StoreException>();
    }

    [Fact]
    public async Task Commit_ThatCannotBeWritten_HasStoredNothing()
    {
        await using var store = new JsonFileStore(File);
        await store.OpenAsync();

        // A folder where the next document is to be written to.
        Directory.CreateDirectory(File + ".new");
        var commit = new StoreCommit();
        commit.Appends.Add(new StoreAppend(1, 1, new byte[3]));
        await store.Awaiting(s => s.CommitAsync(commit).AsTask()).Should().ThrowAsync<StoreException>().Where(e => !e.MustReopen);

        var records = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(1, 1, 10, 10), records);
        records.Should().BeEmpty();
        Directory.Delete(File + ".new");
        await store.CommitAsync(commit);
        await store.ReadAsync(new StoreRange(1, 1, 10, 10), records);
        records.Should().ContainSingle().Which.Payload.Length.Should().Be(3);
    }
}
