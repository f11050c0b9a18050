using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A type is written in one file. It is partial only for a source generator, which adds the other part.</summary>
internal static class PartialRule
{
    private const string Rule = "partial";

    private static readonly string[] _generators = ["LoggerMessage", "GeneratedRegex", "LibraryImport", "JsonSerializable"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from part in files.SelectMany(Parts)
        group part by (part.File.Project, part.Name) into parts
        let byHand = parts.Select(part => part.File).Distinct().Count()
        where byHand > 1 || !parts.Any(part => HasGenerator(part.Type))
        let first = parts.First()
        select first.File.At(first.Type.Identifier, Rule, byHand > 1
            ? $"{first.Name} is written in {byHand} files"
            : $"{first.Name} is partial, but no source generator adds to it");

    private static IEnumerable<(SourceFile File, string Name, TypeDeclarationSyntax Type)> Parts(SourceFile file) =>
        from type in file.Root.DescendantNodes().OfType<TypeDeclarationSyntax>()
        where type.Modifiers.Any(SyntaxKind.PartialKeyword)
        select (file, type.Identifier.Text, type);

    private static bool HasGenerator(TypeDeclarationSyntax type) =>
        type.DescendantNodes().OfType<AttributeSyntax>().Any(attribute => _generators.Contains(NameOf(attribute)));

    private static string NameOf(AttributeSyntax attribute)
    {
        string name = attribute.Name is QualifiedNameSyntax qualified ? qualified.Right.ToString() : attribute.Name.ToString();
        return name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^"Attribute".Length] : name;
    }
}
