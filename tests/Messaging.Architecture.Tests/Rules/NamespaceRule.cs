using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Users see one namespace, Messaging; satellites add their own; sub-folders follow.</summary>
internal static class NamespaceRule
{
    private const string Rule = "namespace";

    /// <summary>The projects that together are what users see as Messaging. Every other project is a satellite.</summary>
    private static readonly string[] _family = ["Messaging", "Messaging.Abstractions", "Messaging.Engine"];

    /// <summary>The folders whose public types are in a namespace above their own, since users see one: what layers below the root show of themselves,
    /// and what is many of one kind.</summary>
    private static readonly (string Project, string Folder, string Namespace)[] _shown =
    [
        ("Messaging.Testing", "Observing", "Messaging.Testing"),
        ("Messaging.Testing", "Running", "Messaging.Testing"),
        ("Messaging.Testing", "Time", "Messaging.Testing"),
        ("Messaging.Testing", "Checkers/Invariants", "Messaging.Testing.Checkers"),
    ];

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string root = _family.Contains(file.Project) ? "Messaging" : file.Project;
            string own = file.Folder.Length == 0 ? root : $"{root}.{file.Folder.Replace('/', '.')}";
            string? shown = _shown.FirstOrDefault(shown => (shown.Project, shown.Folder) == (file.Project, file.Folder)).Namespace;
            foreach (MemberDeclarationSyntax type in file.TopLevelTypes)
            {
                string expected = shown is not null && type.Modifiers.Any(SyntaxKind.PublicKeyword) ? shown : own;
                string actual = (type.Parent as BaseNamespaceDeclarationSyntax)?.Name.ToString() ?? "the global namespace";
                if (actual != expected)
                {
                    yield return file.At(type, Rule, $"{SourceFile.NameOf(type)} is in {actual} instead of {expected}");
                }
            }
        }
    }
}
