using System.Text.RegularExpressions;
using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A name says what a thing is: no word that fits anything, and no region that hides how much there is.</summary>
internal static partial class WordRule
{
    private const string Rule = "words";

    private static readonly string[] _emptyWords =
        ["Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Common", "Manager", "Managers", "Impl"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            foreach (string part in file.Path.Split('/', '.'))
            {
                if (EmptyWord(part) is { } word)
                {
                    yield return file.At(1, Rule, $"the path says '{word}'");
                }
            }

            foreach (MemberDeclarationSyntax type in file.Root.DescendantNodes().OfType<MemberDeclarationSyntax>()
                .Where(member => member is BaseTypeDeclarationSyntax and not ExtensionBlockDeclarationSyntax or DelegateDeclarationSyntax))
            {
                if (EmptyWord(SourceFile.NameOf(type)) is { } word)
                {
                    yield return file.At(type, Rule, $"the type {SourceFile.NameOf(type)} says '{word}'");
                }
            }

            foreach (SyntaxTrivia region in file.Root.DescendantTrivia().Where(trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)))
            {
                yield return file.At(file.Tree.GetLineSpan(region.Span).StartLinePosition.Line + 1, Rule, "there is a #region");
            }
        }
    }

    private static string? EmptyWord(string name) =>
        Word().Matches(name).Select(match => match.Value).FirstOrDefault(word => _emptyWords.Contains(word, StringComparer.OrdinalIgnoreCase));

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")]
    private static partial Regex Word();
}
