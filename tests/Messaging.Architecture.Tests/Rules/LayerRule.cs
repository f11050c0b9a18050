using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A project's folders are layers, listed once, and use only what stands below them.</summary>
internal static class LayerRule
{
    private const string Rule = "layers";

    public static IEnumerable<string> Check(Meaning meaning, string project)
    {
        ProjectLayers? layers = Layers.Of(project);
        foreach (SourceFile file in meaning.Files.Where(file => file.Project == project))
        {
            int layer = layers?.LayerOf(file) ?? -1;
            if (layers is null || layer < 0)
            {
                yield return file.At(1, Rule, $"the folder {Show(file)} is not in the list of {project}'s layers");
                continue;
            }

            foreach ((SourceFile home, SyntaxNode place) in Uses(meaning, file))
            {
                // A home outside the list is reported where it lies, so it is not reported again here.
                if (layers.LayerOf(home) >= 0 && layers.LayerOf(home) < layer && !layers.IsKnownEverywhere(home))
                {
                    yield return file.At(place, Rule, $"{Show(file)} stands below {Show(home)}, but uses {home.Name}");
                }
            }
        }
    }

    /// <summary>Lists the other files of its project that a file uses, each with the first place where it does.</summary>
    private static IEnumerable<(SourceFile Home, SyntaxNode Place)> Uses(Meaning meaning, SourceFile file) =>
        from use in meaning.Names(file)
        let home = meaning.HomeOf(use.Symbol)
        where home is not null && home.Project == file.Project && home != file
        group use.Name by home into uses
        select (uses.Key, (SyntaxNode)uses.First());

    private static string Show(SourceFile file) => file.Folder.Length == 0 ? "(root)" : file.Folder;
}
