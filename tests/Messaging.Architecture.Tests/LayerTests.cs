using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class LayerTests
{
    private static readonly SourceFile _lease = new(
        "src/Messaging.Engine/Leases/Lease.cs",
        "namespace Messaging.Leases;\ninternal sealed class Lease { public int Number { get; set; } }");

    [Fact]
    public void Tree_EngineFolders_UseOnlyWhatStandsBelow() =>
        Expect.Nothing(LayerRule.Check(new Meaning(Repository.Sources("src/Messaging.Abstractions", "src/Messaging.Engine"))));

    [Fact]
    public void Seed_UseOfALowerLayer_IsAllowed() => Expect.Nothing(LayerRule.Check(new Meaning(
        [_lease, new("src/Messaging.Engine/Redelivery/Buffer.cs", "using Messaging.Leases;\nnamespace Messaging.Redelivery;\ninternal sealed class Buffer { Lease? l; }")])));

    [Fact]
    public void Seed_UseOfAnUpperLayer_IsCaught() => Expect.Violation(
        LayerRule.Check(new Meaning(
            [_lease, new("src/Messaging.Engine/Cursors/Plan.cs", "using Messaging.Leases;\nnamespace Messaging.Cursors;\ninternal sealed class Plan\n{ Lease? l; }")])),
        "src/Messaging.Engine/Cursors/Plan.cs:4",
        "Cursors stands below Leases, but uses Lease");

    [Fact]
    public void Seed_UseOfAnUpperLayerThroughVar_IsCaught() => LayerRule.Check(new Meaning(
        [
            new("src/Messaging.Engine/Dispatch/Buffer.cs", "namespace Messaging.Dispatch;\ninternal sealed class Buffer { public static Buffer Make() => new(); public void Run() { } }"),
            new("src/Messaging.Engine/Logs/Page.cs", "namespace Messaging.Logs;\ninternal sealed class Page { void M() { var made = global::Messaging.Dispatch.Buffer.Make(); made.Run(); } }"),
        ])).Should().ContainSingle().Which.Should().Contain("Logs stands below Dispatch");

    [Fact]
    public void Seed_MemberNamedAsAnUpperType_IsAllowed() => Expect.Nothing(LayerRule.Check(new Meaning(
        [_lease, new("src/Messaging.Engine/Cursors/Plan.cs", "namespace Messaging.Cursors;\ninternal sealed class Plan { int Lease { get; set; } int M() => Lease; }")])));

    [Fact]
    public void Seed_UseOfTheRoot_IsCaughtUnlessKnownEverywhere() => Expect.Violation(
        LayerRule.Check(new Meaning(
        [
            new("src/Messaging.Engine/BrokerOptions.cs", "namespace Messaging;\npublic sealed class BrokerOptions;"),
            new("src/Messaging.Engine/Door.cs", "namespace Messaging;\npublic sealed class Door;"),
            new("src/Messaging.Engine/Logs/Log.cs", "namespace Messaging.Logs;\ninternal sealed class Log { BrokerOptions? o; Door? d; }"),
        ])),
        "src/Messaging.Engine/Logs/Log.cs:2",
        "uses Door");

    [Fact]
    public void Seed_FolderOutsideTheList_IsCaught() => Expect.Violation(
        LayerRule.Check(new Meaning([new("src/Messaging.Engine/Attic/Box.cs", "namespace Messaging.Attic;\ninternal sealed class Box;")])),
        "src/Messaging.Engine/Attic/Box.cs:1",
        "not in the list");
}
