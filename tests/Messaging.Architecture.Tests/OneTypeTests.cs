using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class OneTypeTests
{
    [Fact]
    public void Tree_EachFile_HoldsOneTypeOfItsName() =>
        Expect.Nothing(OneTypeRule.Check(Repository.Sources("src", "tests", "samples", "benchmarks")));

    [Fact]
    public void Seed_SecondType_IsCaught() => Expect.Violation(
        OneTypeRule.Check([new("src/P/Door.cs", "namespace P;\nclass Door;\nclass Key;")]), "src/P/Door.cs:3", "Key");

    [Fact]
    public void Seed_FileOfAnotherName_IsCaught() => Expect.Violation(
        OneTypeRule.Check([new("src/P/Doors.cs", "namespace P;\nclass Door;")]), "src/P/Doors.cs:2", "Door");

    [Fact]
    public void Seed_TypeBesideStatements_IsCaught() => Expect.Violation(
        OneTypeRule.Check([new("samples/P/Program.cs", "System.Console.WriteLine();\nclass Order;")]), "samples/P/Program.cs:2", "Order");

    [Fact]
    public void Seed_RecordBesideStatementsOfATest_IsCaught() => Expect.Violation(
        OneTypeRule.Check([new("tests/P/Program.cs", "System.Console.WriteLine();\nrecord Order(int Id);")]), "tests/P/Program.cs:2", "Order");

    [Fact]
    public void Seed_NestedGenericPartialOrNoType_IsAllowed() => Expect.Nothing(OneTypeRule.Check(
    [
        new("src/P/Door.cs", "namespace P;\nclass Door<T> { class Key; delegate void Opened(); }"),
        new("src/P/Door.Closing.cs", "namespace P;\npartial class Door<T>;"),
        new("src/P/AssemblyInfo.cs", "[assembly: System.CLSCompliant(false)]"),
        new("src/P/Doors.cs", "namespace P;\nstatic class Doors { extension(Door door) { public int Number => 1; } }"),
        new("samples/P/Program.cs", "System.Console.WriteLine();\nrecord Order(int Id);"),
    ]));
}
