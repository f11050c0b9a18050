using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>The engine's folders are layers, and use only what stands below them.</summary>
internal static class LayerRule
{
    private const string Rule = "layers";

    public static IEnumerable<string> Check(Meaning meaning)
    {
        foreach (SourceFile file in meaning.Files.Where(file => file.Project == Layers.Project))
        {
            int layer = LayerOf(file);
            if (layer < 0)
            {
                yield return file.At(1, Rule, $"the folder {file.Folder} is not in the list of layers");
                continue;
            }

            foreach ((SourceFile home, SyntaxNode place) in Uses(meaning, file))
            {
                // A home outside the list is reported where it lies, so it is not reported again here.
                if (LayerOf(home) >= 0 && LayerOf(home) < layer)
                {
                    yield return file.At(place, Rule, $"{Show(file)} stands below {Show(home)}, but uses {home.Name}");
                }
            }
        }
    }

    /// <summary>Lists the other engine files that a file uses, each with the first place where it does.</summary>
    private static IEnumerable<(SourceFile Home, SyntaxNode Place)> Uses(Meaning meaning, SourceFile file) =>
        from use in meaning.Names(file)
        let home = meaning.HomeOf(use.Symbol)
        where home is not null && home.Project == Layers.Project && home != file
        where !(home.Folder.Length == 0 && Layers.KnownEverywhere.Contains(home.Name))
        group use.Name by home into uses
        select (uses.Key, (SyntaxNode)uses.First());

    private static int LayerOf(SourceFile file) => Array.IndexOf(Layers.TopToBottom, file.Folder.Split('/')[0]);

    private static string Show(SourceFile file) => file.Folder.Length == 0 ? "(root)" : file.Folder;
}
