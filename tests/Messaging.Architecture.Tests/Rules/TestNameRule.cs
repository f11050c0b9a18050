using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A test is named Subject_Condition_Outcome.</summary>
internal static class TestNameRule
{
    private const string Rule = "test names";

    private static readonly string[] _attributes = ["Fact", "Theory", "Property"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => _attributes.Contains(attribute.Name.ToString()))
        let parts = method.Identifier.Text.Split('_')
        where parts.Length < 3 || parts.Any(part => part.Length == 0)
        select file.At(method.Identifier, Rule, $"{method.Identifier.Text} is not Subject_Condition_Outcome");
}
