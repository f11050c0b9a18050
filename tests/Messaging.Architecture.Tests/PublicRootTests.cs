using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class PublicRootTests
{
    [Fact]
    public void Tree_RootFolders_HoldThePublicTypesOnly() => Expect.Nothing(PublicRootRule.Check(Repository.Sources("src")));

    [Fact]
    public void Seed_InternalTypeInRoot_IsCaught() => Expect.Violation(
        PublicRootRule.Check([new("src/Messaging.Engine/Ledger.cs", "namespace Messaging;\ninternal sealed class Ledger;")]),
        "src/Messaging.Engine/Ledger.cs:2",
        "not public");

    [Fact]
    public void Seed_PublicTypeInSubFolder_IsCaught() => Expect.Violation(
        PublicRootRule.Check([new("src/Messaging.Engine/Leases/Lease.cs", "namespace Messaging.Leases;\npublic sealed class Lease;")]),
        "src/Messaging.Engine/Leases/Lease.cs:2",
        "is public");

    [Fact]
    public void Seed_PublicTypeInSubFolderOfAbstractions_IsAllowed() => Expect.Nothing(
        PublicRootRule.Check([new("src/Messaging.Abstractions/Storage/Page.cs", "namespace Messaging.Storage;\npublic sealed class Page;")]));

    [Fact]
    public void Seed_PartialTypePublicInOnePart_IsPublicInAll() => Expect.Nothing(
        PublicRootRule.Check(
        [
            new("src/Messaging.Engine/Ledger.cs", "namespace Messaging;\npublic sealed partial class Ledger;"),
            new("src/Messaging.Engine/Ledger.Reading.cs", "namespace Messaging;\npartial class Ledger;"),
        ]));
}
