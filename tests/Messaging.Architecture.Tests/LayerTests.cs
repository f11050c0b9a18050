using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class LayerTests
{
    private static readonly SourceFile _lease = new(
        "src/Messaging.Engine/Leases/Lease.cs",
        "namespace Messaging.Leases;\ninternal sealed class Lease { public int Number { get; set; } }");

    private static readonly Lazy<Meaning> _tree = new(() => new Meaning(Repository.Sources("src")));

    public static TheoryData<string> Projects =>
        [.. Repository.Sources("src").Select(file => file.Project).Distinct()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Tree_FoldersOfAProject_UseOnlyWhatStandsBelow(string project) => Expect.Nothing(LayerRule.Check(_tree.Value, project));

    [Fact]
    public void Tree_ProjectWithAList_IsInForce() =>
        Layers.Projects.Select(layers => layers.Project).Should().BeEquivalentTo(Repository.Sources("src").Select(file => file.Project).Distinct());

    [Fact]
    public void Tree_FolderInAList_IsThere() =>
        (from layers in Layers.Projects from folder in layers.TopToBottom select $"src/{layers.Project}/{folder}".TrimEnd('/'))
        .Should().OnlyContain(folder => Directory.Exists(Path.Combine(Repository.Root, folder)));

    [Fact]
    public void Seed_UseOfALowerLayer_IsAllowed() => Expect.Nothing(Check(new Meaning(
        [_lease, new("src/Messaging.Engine/Redelivery/Buffer.cs", "using Messaging.Leases;\nnamespace Messaging.Redelivery;\ninternal sealed class Buffer { Lease? l; }")])));

    [Fact]
    public void Seed_UseOfAnUpperLayer_IsCaught() => Expect.Violation(
        Check(new Meaning(
            [_lease, new("src/Messaging.Engine/Cursors/Plan.cs", "using Messaging.Leases;\nnamespace Messaging.Cursors;\ninternal sealed class Plan\n{ Lease? l; }")])),
        "src/Messaging.Engine/Cursors/Plan.cs:4",
        "Cursors stands below Leases, but uses Lease");

    [Fact]
    public void Seed_UseOfAnUpperLayerThroughVar_IsCaught() => Check(new Meaning(
        [
            new("src/Messaging.Engine/Dispatch/Buffer.cs", "namespace Messaging.Dispatch;\ninternal sealed class Buffer { public static Buffer Make() => new(); public void Run() { } }"),
            new("src/Messaging.Engine/Logs/Page.cs", "namespace Messaging.Logs;\ninternal sealed class Page { void M() { var made = global::Messaging.Dispatch.Buffer.Make(); made.Run(); } }"),
        ])).Should().ContainSingle().Which.Should().Contain("Logs stands below Dispatch");

    [Fact]
    public void Seed_MemberNamedAsAnUpperType_IsAllowed() => Expect.Nothing(Check(new Meaning(
        [_lease, new("src/Messaging.Engine/Cursors/Plan.cs", "namespace Messaging.Cursors;\ninternal sealed class Plan { int Lease { get; set; } int M() => Lease; }")])));

    [Fact]
    public void Seed_UseOfTheRoot_IsCaughtUnlessKnownEverywhere() => Expect.Violation(
        Check(new Meaning(
        [
            new("src/Messaging.Engine/BrokerOptions.cs", "namespace Messaging;\npublic sealed class BrokerOptions;"),
            new("src/Messaging.Engine/Door.cs", "namespace Messaging;\npublic sealed class Door;"),
            new("src/Messaging.Engine/Logs/Log.cs", "namespace Messaging.Logs;\ninternal sealed class Log { BrokerOptions? o; Door? d; }"),
        ])),
        "src/Messaging.Engine/Logs/Log.cs:2",
        "uses Door");

    [Fact]
    public void Seed_FolderOutsideTheList_IsCaught() => Expect.Violation(
        Check(new Meaning([new("src/Messaging.Engine/Attic/Box.cs", "namespace Messaging.Attic;\ninternal sealed class Box;")])),
        "src/Messaging.Engine/Attic/Box.cs:1",
        "the folder Attic is not in the list of Messaging.Engine's layers");

    [Fact]
    public void Seed_ProjectWithoutAList_IsCaught() => Expect.Violation(
        Check(new Meaning([new("src/Messaging.Cellar/Box.cs", "namespace Messaging.Cellar;\npublic sealed class Box;")]), "Messaging.Cellar"),
        "src/Messaging.Cellar/Box.cs:1",
        "the folder (root) is not in the list of Messaging.Cellar's layers");

    [Fact]
    public void Seed_UseOfAnotherProject_IsNotJudgedByLayers() => Expect.Nothing(Check(new Meaning(
        [_lease, new("src/Messaging.Abstractions/Validation/Plan.cs", "using Messaging.Leases;\nnamespace Messaging.Validation;\ninternal static class Plan { static Lease? _l; }")]), "Messaging.Abstractions"));

    [Fact]
    public void Seed_UseOfAnUpperLayerOfTheStore_IsCaught() => Expect.Violation(
        Check(new Meaning(
        [
            new("src/Messaging.Sqlite/SqliteStoreOptions.cs", "namespace Messaging.Sqlite;\npublic sealed record SqliteStoreOptions;"),
            new("src/Messaging.Sqlite/Reading/Pool.cs", "namespace Messaging.Sqlite.Reading;\ninternal sealed class Pool;"),
            new("src/Messaging.Sqlite/Files/Copier.cs", "using Messaging.Sqlite.Reading;\nnamespace Messaging.Sqlite.Files;\ninternal sealed class Copier { SqliteStoreOptions? o; Pool? p; }"),
        ]), "Messaging.Sqlite"),
        "src/Messaging.Sqlite/Files/Copier.cs:3",
        "Files stands below Reading, but uses Pool");

    [Fact]
    public void Seed_TypeKnownEverywhereInOneProject_IsCaughtInAnother() => Expect.Violation(
        Check(new Meaning(
        [
            new("src/Messaging.Abstractions/BrokerOptions.cs", "namespace Messaging;\npublic sealed class BrokerOptions;"),
            new("src/Messaging.Abstractions/Retry/Plan.cs", "namespace Messaging.Retry;\ninternal sealed class Plan { BrokerOptions? o; }"),
        ]), "Messaging.Abstractions"),
        "src/Messaging.Abstractions/Retry/Plan.cs:2",
        "Retry stands below (root), but uses BrokerOptions");

    private static IEnumerable<string> Check(Meaning meaning, string project = "Messaging.Engine") => LayerRule.Check(meaning, project);
}
