using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Users see one namespace, Messaging; satellites add their own; sub-folders follow.</summary>
internal static class NamespaceRule
{
    private const string Rule = "namespace";

    /// <summary>The projects that together are what users see as Messaging. Every other project is a satellite.</summary>
    private static readonly string[] _family = ["Messaging", "Messaging.Abstractions", "Messaging.Engine"];

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string root = _family.Contains(file.Project) ? "Messaging" : file.Project;
            string expected = file.Folder.Length == 0 ? root : $"{root}.{file.Folder.Replace('/', '.')}";
            foreach (MemberDeclarationSyntax type in file.TopLevelTypes)
            {
                string actual = (type.Parent as BaseNamespaceDeclarationSyntax)?.Name.ToString() ?? "the global namespace";
                if (actual != expected)
                {
                    yield return file.At(type, Rule, $"{SourceFile.NameOf(type)} is in {actual} instead of {expected}");
                }
            }
        }
    }
}
