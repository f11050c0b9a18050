using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A type has at most twelve fields: what an object remembers, however it is written.</summary>
/// <remarks>Counted are fields, properties that have a field of their own, and the parameters of a primary constructor that methods use. Not counted
/// are static members and what is the same in all objects, and records whose parts are data: their parameters and init-only properties.</remarks>
internal static class FieldCountRule
{
    public const int MaxFields = 12;

    private const string Rule = "fields";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from type in file.Root.DescendantNodes().OfType<TypeDeclarationSyntax>()
        where type is not InterfaceDeclarationSyntax
        group (File: file, Type: type) by (file.Project, Name: FullName(type)) into parts
        let count = parts.Sum(part => Count(part.Type))
        where count > MaxFields
        let first = parts.First()
        select first.File.At(first.Type.Identifier, Rule, $"{first.Type.Identifier.Text} has {count} fields, {MaxFields} at most");

    private static int Count(TypeDeclarationSyntax type) =>
        type.Members.OfType<FieldDeclarationSyntax>().Where(IsOfAnObject).Sum(field => field.Declaration.Variables.Count)
        + type.Members.OfType<EventFieldDeclarationSyntax>().Where(IsOfAnObject).Sum(field => field.Declaration.Variables.Count)
        + type.Members.OfType<PropertyDeclarationSyntax>().Count(property => IsOfAnObject(property) && HasField(property) && !IsData(type, property))
        + Captured(type).Count();

    private static bool IsOfAnObject(MemberDeclarationSyntax member) =>
        !member.Modifiers.Any(SyntaxKind.StaticKeyword) && !member.Modifiers.Any(SyntaxKind.ConstKeyword) && !member.Modifiers.Any(SyntaxKind.AbstractKeyword);

    private static bool HasField(PropertyDeclarationSyntax property) =>
        property.AccessorList?.Accessors.Any(accessor => accessor is { Body: null, ExpressionBody: null }) == true
        || property.DescendantNodes().Any(node => node is FieldExpressionSyntax);

    private static bool IsData(TypeDeclarationSyntax type, PropertyDeclarationSyntax property) =>
        type is RecordDeclarationSyntax && property.AccessorList?.Accessors.Any(accessor => accessor.IsKind(SyntaxKind.InitAccessorDeclaration)) == true;

    private static IEnumerable<ParameterSyntax> Captured(TypeDeclarationSyntax type)
    {
        if (type is RecordDeclarationSyntax || type.ParameterList is not { } parameters)
        {
            return [];
        }

        HashSet<string> used =
            [.. from member in type.Members
                where member is not FieldDeclarationSyntax
                from node in member.DescendantNodes(node => node is not EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax })
                where node is IdentifierNameSyntax name && (name.Parent is not MemberAccessExpressionSyntax access || access.Expression == name)
                select ((IdentifierNameSyntax)node).Identifier.Text];
        return parameters.Parameters.Where(parameter => used.Contains(parameter.Identifier.Text));
    }

    private static string FullName(TypeDeclarationSyntax type) =>
        string.Join('.', type.AncestorsAndSelf().OfType<BaseTypeDeclarationSyntax>().Reverse().Select(t => t.Identifier.Text));
}
