using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A class is sealed, unless it was designed to be derived from and is listed as such.</summary>
internal static class SealedRule
{
    private const string Rule = "sealed";

    private static readonly string[] _bases = ["MessagingException", "StoreException", "SubscriptionOptions"];

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        // Of a partial class, one part may say it for all.
        HashSet<(string Project, string Name)> closed =
            [.. from file in files
                from type in Classes(file)
                where type.Modifiers.Any(SyntaxKind.SealedKeyword) || type.Modifiers.Any(SyntaxKind.AbstractKeyword) || type.Modifiers.Any(SyntaxKind.StaticKeyword)
                select (file.Project, FullName(type))];
        return from file in files
               from type in Classes(file)
               where !closed.Contains((file.Project, FullName(type))) && !_bases.Contains(type.Identifier.Text)
               select file.At(type.Identifier, Rule, $"{type.Identifier.Text} is neither sealed, abstract, static nor listed");
    }

    private static IEnumerable<TypeDeclarationSyntax> Classes(SourceFile file) =>
        file.Root.DescendantNodes().OfType<TypeDeclarationSyntax>()
            .Where(type => type is ClassDeclarationSyntax or RecordDeclarationSyntax { RawKind: (int)SyntaxKind.RecordDeclaration });

    private static string FullName(TypeDeclarationSyntax type) =>
        string.Join('.', type.AncestorsAndSelf().OfType<BaseTypeDeclarationSyntax>().Reverse().Select(t => t.Identifier.Text));
}
