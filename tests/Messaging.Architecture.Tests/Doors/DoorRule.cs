using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>Every call of code that is not ours goes through a known door, and every door has a test for each way to misbehave.</summary>
internal static class DoorRule
{
    private const string Rule = "doors";

    private static readonly string[] _attributes = ["Fact", "Theory"];

    public static IEnumerable<string> Check(IReadOnlyCollection<DoorCall> calls, IReadOnlyCollection<Door> doors, IReadOnlySet<string> tests)
    {
        foreach (DoorCall call in calls.Where(call => DoorOf(doors, call) is null))
        {
            yield return call.At(Rule, $"{call.Name} is called, which a user may supply, and no door in the list stands for it");
        }

        foreach (Door door in doors)
        {
            foreach (string name in door.Calls.Where(name => calls.All(call => call.Name != name)))
            {
                yield return $"the list of doors: {Rule} — nothing calls {name} any more, which belongs to '{door.Name}'";
            }

            foreach (Behaviour behaviour in Enum.GetValues<Behaviour>().Where(behaviour => !door.Tests.ContainsKey(behaviour) && !door.NotTested.ContainsKey(behaviour)))
            {
                yield return $"the list of doors: {Rule} — '{door.Name}' has no test for: {behaviour}";
            }

            foreach (string test in door.Tests.Values.Select(door.FullName).Where(test => !tests.Contains(test)))
            {
                yield return $"the list of doors: {Rule} — the test {test} of '{door.Name}' does not exist";
            }
        }
    }

    public static Door? DoorOf(IEnumerable<Door> doors, DoorCall call) => doors.FirstOrDefault(door => door.Calls.Contains(call.Name));

    /// <summary>Lists the tests in some files, as class and method.</summary>
    public static HashSet<string> TestsIn(IEnumerable<SourceFile> files) =>
        [.. from file in files
            from method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()
            where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => _attributes.Contains(attribute.Name.ToString()))
            where method.Parent is ClassDeclarationSyntax
            select $"{((ClassDeclarationSyntax)method.Parent!).Identifier.Text}.{method.Identifier.Text}"];
}
