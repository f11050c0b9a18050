using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A folder has one idea, and at most fifteen files. A project's root, its public API, is as large as that is.</summary>
internal static class FolderSizeRule
{
    public const int MaxFiles = 15;

    private const string Rule = "folder size";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Folder.Length > 0
        group file by $"src/{file.Project}/{file.Folder}" into folder
        where folder.Count() > MaxFiles
        select folder.First().At(1, Rule, $"{folder.Key} has {folder.Count()} files, {MaxFiles} at most");
}
