using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>The pages are short where they must be, and lead to what is there.</summary>
public sealed partial class PageTests
{
    private const int ReadmeWords = 900;

    [Fact]
    public void Readme_Words_AreAtMostNineHundred() =>
        Repository.Page("README.md").Words.Should().BeLessThanOrEqualTo(ReadmeWords, "a stranger reads it in a few minutes; the guide has the rest");

    [Fact]
    public void Page_EachRelativeLink_LeadsToWhatIsThere()
    {
        (MarkdownPage Page, string Link)[] links = [.. from page in Repository.AllPages from link in page.Links select (page, link)];

        links.Should().NotBeEmpty();
        links.Where(link => !link.Page.Leads(link.Link)).Select(link => $"{link.Page.Path}: {link.Link}")
            .Should().BeEmpty("each link must lead to a file, folder or heading of the repository");
    }

    [Fact]
    public void PackageReadme_Links_AreNone() =>
        Repository.PackageReadmes.Should().OnlyContain(
            page => page.Links.Length == 0, "a package manager shows the page alone: what it points to is packed and named, or left out");

    [Fact]
    public void PackageReadme_PageNamed_IsPacked()
    {
        string[] named = [.. Repository.PackageReadmes.SelectMany(page => PackedPage().Matches(page.Text)).Select(match => match.Groups[1].Value)];

        named.Should().NotBeEmpty().And.BeSubsetOf(Repository.Guide.Select(page => page.Name));
    }

    [Fact]
    public void Guide_EachLink_StaysInTheGuide() =>
        Repository.Guide.Should().OnlyContain(
            page => page.Links.All(link => !link.Contains('/')), "the guide is packed alone: it names what lies elsewhere in the repository");

    [Fact]
    public void Guide_EachPage_IsListed()
    {
        string[] fromReadme = [.. Repository.Page("README.md").Links];
        string package = Repository.Page("src/Messaging/README.md").Text;

        Repository.Guide.Should().HaveCountGreaterThanOrEqualTo(8);
        Repository.Guide.Should().OnlyContain(page => fromReadme.Contains(page.Path), "the README links to each page of the guide");
        Repository.Guide.Should().OnlyContain(page => package.Contains($"`docs/{page.Name}`"), "the package's page names each page of the guide");
    }

    [Fact]
    public void Samples_EachSample_IsListed()
    {
        string[] links = Repository.Page("samples/README.md").Links;

        string[] samples = [.. Repository.Files("*.csproj", "samples").Select(path => path.Split('/')[1])];
        samples.Should().NotBeEmpty().And.OnlyContain(sample => links.Contains(sample), "samples/README.md has a line for each sample");
    }

    [Fact]
    public void Promises_EachTestTheyName_Exists()
    {
        string[] names = [.. TestClass().Matches(Repository.Page("tests/README.md").Text).Select(match => match.Groups[1].Value).Distinct()];
        var files = Repository.Files("*.cs", "tests").Select(file => Path.GetFileNameWithoutExtension(file)!).ToHashSet();

        names.Should().HaveCountGreaterThan(20).And.BeSubsetOf(files, "a promise needs the test that is named for it");
    }

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"`docs/([^`]+)`")]
    private static partial Regex PackedPage();
}
