using Messaging.Sqlite.Paths;
using Messaging.TestSupport;

namespace Messaging.Sqlite.Tests.Paths;

public sealed class NewNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string From => _folder.File("from");

    private string To => _folder.File("to");

    public NewNameTests() => File.WriteAllText(From, "new");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Give_NameThatIsFree_HasOneNameAfterwards()
    {
        NewName.Give(From, To, replacesEmpty: false);

        File.Exists(From).Should().BeFalse();
        File.ReadAllText(To).Should().Be("new");
        PathEntry.Of(To).Should().Be(new PathEntry(PathKind.File, 3, 1));
    }

    [Theory]
    [InlineData("old", true)]
    [InlineData("old", false)]
    [InlineData("", false)]
    public void Give_NameThatIsTaken_ReplacesNothing(string there, bool replacesEmpty)
    {
        File.WriteAllText(To, there);

        FluentActions.Invoking(() => NewName.Give(From, To, replacesEmpty)).Should().Throw<IOException>().WithMessage($"*{To}*meanwhile*");

        File.ReadAllText(To).Should().Be(there);
        File.ReadAllText(From).Should().Be("new");
    }

    [Fact]
    public void Give_NameOfAnEmptyFile_ReplacesItWhereThatIsAsked()
    {
        File.WriteAllText(To, "");

        NewName.Give(From, To, replacesEmpty: true);

        File.ReadAllText(To).Should().Be("new");
    }

    [Fact]
    public void Give_NameOfALinkToAnEmptyFile_ReplacesNothing()
    {
        File.WriteAllText(_folder.File("empty"), "");
        File.CreateSymbolicLink(To, _folder.File("empty"));

        FluentActions.Invoking(() => NewName.Give(From, To, replacesEmpty: true)).Should().Throw<IOException>();

        new FileInfo(To).LinkTarget.Should().NotBeNull();
    }
}
