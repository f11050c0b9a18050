using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A project's root folder is its public API, and what lies in a sub-folder is internal.</summary>
internal static class PublicRootRule
{
    private const string Rule = "root is public";

    /// <summary>The projects whose sub-folders may hold public types.</summary>
    private static readonly string[] _openProjects = ["Messaging.Abstractions", "Messaging.Testing"];

    public static IEnumerable<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        HashSet<(string Project, string Type)> publicTypes = PublicTypes(files);
        foreach (SourceFile file in files)
        {
            foreach (MemberDeclarationSyntax type in file.TopLevelTypes)
            {
                string name = SourceFile.NameOf(type);
                bool isPublic = publicTypes.Contains((file.Project, name));
                if (file.Folder.Length == 0 && !isPublic)
                {
                    yield return file.At(type, Rule, $"{name} is not public, so it belongs into a sub-folder");
                }
                else if (file.Folder.Length > 0 && isPublic && !_openProjects.Contains(file.Project))
                {
                    yield return file.At(type, Rule, $"{name} is public, so it belongs into the project's root folder");
                }
            }
        }
    }

    /// <summary>Lists the public types. Of a partial type, one part may say it for all.</summary>
    public static HashSet<(string Project, string Type)> PublicTypes(IEnumerable<SourceFile> files) =>
        [.. from file in files
            from type in file.TopLevelTypes
            where type.Modifiers.Any(SyntaxKind.PublicKeyword)
            select (file.Project, SourceFile.NameOf(type))];
}
