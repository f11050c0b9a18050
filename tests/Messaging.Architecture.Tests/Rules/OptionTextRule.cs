using System.Text.RegularExpressions;
using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A text for operators that asks for an option, or tells of a limit, names the option: whoever reads it need not search.</summary>
internal static partial class OptionTextRule
{
    private const string Rule = "option texts";

    // No option sets it.
    private const string FixedLimit = "its write-ahead log is at its limit";

    public static IEnumerable<string> Check(IReadOnlyList<SourceFile> files)
    {
        HashSet<string> options = [.. files.SelectMany(OptionsIn)];
        return from file in files
               from place in TextsIn(file)
               let text = TextOf(place)
               where Asks().IsMatch(text.Replace(FixedLimit, "", StringComparison.Ordinal)) && !Names(text, options)
               select file.At(place, Rule, $"\"{text}\" names no option");
    }

    /// <summary>Lists the properties that a user sets.</summary>
    private static IEnumerable<string> OptionsIn(SourceFile file) =>
        from type in file.TopLevelTypes.OfType<TypeDeclarationSyntax>()
        where type.Identifier.Text.EndsWith("Options", StringComparison.Ordinal) || type.Identifier.Text == "BacklogLimit"
        from property in type.Members.OfType<PropertyDeclarationSyntax>()
        select property.Identifier.Text;

    /// <summary>Lists what is logged, and what exceptions are made of.</summary>
    private static IEnumerable<SyntaxNode> TextsIn(SourceFile file) => file.Root.DescendantNodes().Where(static node => node switch
    {
        AttributeArgumentListSyntax { Parent: AttributeSyntax attribute } => attribute.Name.ToString() == "LoggerMessage",
        ArgumentListSyntax { Parent: ObjectCreationExpressionSyntax creation } => creation.Type.ToString().EndsWith("Exception", StringComparison.Ordinal),
        ArgumentListSyntax { Parent: ConstructorInitializerSyntax initializer } => IsOfException(initializer),
        _ => false,
    });

    private static bool IsOfException(ConstructorInitializerSyntax initializer) =>
        initializer.FirstAncestorOrSelf<ConstructorDeclarationSyntax>()!.Identifier.Text.EndsWith("Exception", StringComparison.Ordinal);

    /// <summary>Puts the literals of a call together, with the code of what is filled in.</summary>
    private static string TextOf(SyntaxNode place) => string.Concat(place.DescendantNodes().Select(static node => node switch
    {
        LiteralExpressionSyntax { Token.Value: string text } => text,
        InterpolatedStringTextSyntax text => text.TextToken.ValueText,
        InterpolationSyntax filled => $"{{{filled.Expression}}}",
        _ => "",
    }));

    /// <summary>Tells whether a text says an option, or fills in a name and a value.</summary>
    private static bool Names(string text, HashSet<string> options) =>
        Word().Matches(text).Any(word => options.Contains(word.Value)) || text.Contains("} = {", StringComparison.Ordinal);

    [GeneratedRegex(@"\bwish\b|\bopened with\b|\b(its|the) limit\b(?!(?-i: of \{limit))|\bLimit reached\b|\b(its|the) capacity\b|\braise\b", RegexOptions.IgnoreCase)]
    private static partial Regex Asks();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}
