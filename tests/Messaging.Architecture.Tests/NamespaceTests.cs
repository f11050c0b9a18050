using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class NamespaceTests
{
    [Fact]
    public void Tree_PublicTypes_AreInOneNamespacePerFamily() => Expect.Nothing(NamespaceRule.Check(Repository.Sources("src")));

    [Theory]
    [InlineData("src/Messaging.Engine/Door.cs", "Messaging.Engine")]
    [InlineData("src/Messaging/Door.cs", "Messaging.Doors")]
    [InlineData("src/Messaging.Abstractions/Storage/Door.cs", "Messaging")]
    [InlineData("src/Messaging.Sqlite/Door.cs", "Messaging")]
    [InlineData("src/Messaging.Engine/Leases/Door.cs", "Messaging.Lease")]
    [InlineData("src/Messaging.Testing/Time/Door.cs", "Messaging.Testing.Time")]
    [InlineData("src/Messaging.Testing/Faults/Door.cs", "Messaging.Testing")]
    public void Seed_TypeInAnotherNamespace_IsCaught(string path, string space) => Expect.Violation(
        NamespaceRule.Check([new(path, $"namespace {space};\npublic sealed class Door;")]), $"{path}:2", $"is in {space}");

    [Theory]
    [InlineData("src/Messaging.Engine/Door.cs", "Messaging")]
    [InlineData("src/Messaging.Abstractions/Storage/Door.cs", "Messaging.Storage")]
    [InlineData("src/Messaging.Sqlite/Door.cs", "Messaging.Sqlite")]
    [InlineData("src/Messaging.Testing/Time/Door.cs", "Messaging.Testing")]
    public void Seed_TypeInItsNamespace_IsAllowed(string path, string space) => Expect.Nothing(
        NamespaceRule.Check([new(path, $"namespace {space};\npublic sealed class Door;")]));

    [Fact]
    public void Seed_InternalTypeAmongShownOnes_IsCaughtInTheirNamespace() => Expect.Violation(
        NamespaceRule.Check([new("src/Messaging.Testing/Time/Wheel.cs", "namespace Messaging.Testing;\ninternal sealed class Wheel;")]),
        "src/Messaging.Testing/Time/Wheel.cs:2",
        "Wheel is in Messaging.Testing instead of Messaging.Testing.Time");
}
