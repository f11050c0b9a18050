namespace Messaging.Architecture.Tests.Sources;

/// <summary>One file that is not C#: a project, a property file, a script.</summary>
/// <param name="Path">The path from the repository's root, with slashes.</param>
/// <param name="Text">The content.</param>
internal sealed record TextFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string At(int line, string rule, string what) => $"{Path}:{line}: {rule} — {what}";
}
