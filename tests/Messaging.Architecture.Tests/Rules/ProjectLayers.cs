using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>One project's folders, from top to bottom. A folder may use what stands below it, and itself.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="TopToBottom">The folders. The empty name is the project's root folder.</param>
/// <param name="KnownEverywhere">The types of the root folder that every layer may name, such as what the user has configured.</param>
internal sealed record ProjectLayers(string Project, string[] TopToBottom, string[] KnownEverywhere)
{
    /// <summary>Finds a folder's layer, counted from the top, by the first name of its path; -1 for a folder outside the list.</summary>
    public int LayerOf(SourceFile file) => Array.IndexOf(TopToBottom, file.Folder.Split('/')[0]);

    public bool IsKnownEverywhere(SourceFile home) => home.Folder.Length == 0 && KnownEverywhere.Contains(home.Name);
}
