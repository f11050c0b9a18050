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

    /// <summary>The folders whose public types are in their project's own namespace, since users see one: what layers below the root show of themselves.</summary>
    private static readonly (string Project, string Folder)[] _shown =
    [
        ("Messaging.Testing", "Observing"),
        ("Messaging.Testing", "Running"),
        ("Messaging.Testing", "Time"),
    ];

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string root = _family.Contains(file.Project) ? "Messaging" : file.Project;
            string own = file.Folder.Length == 0 ? root : $"{root}.{file.Folder.Replace('/', '.')}";
            foreach (MemberDeclarationSyntax type in file.TopLevelTypes)
            {
                bool isShown = _shown.Contains((file.Project, file.Folder)) && type.Modifiers.Any(SyntaxKind.PublicKeyword);
                string expected = isShown ? root : own;
                string actual = (type.Parent as BaseNamespaceDeclarationSyntax)?.Name.ToString() ?? "the global namespace";
                if (actual != expected)
                {
                    yield return file.At(type, Rule, $"{SourceFile.NameOf(type)} is in {actual} instead of {expected}");
                }
            }
        }
    }
}
