using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Sources;

/// <summary>One C# file: its path from the repository's root, with slashes, and its syntax.</summary>
internal sealed class SourceFile
{
    // DEBUG is on, so that what is asserted in a debug build is judged too.
    private static readonly CSharpParseOptions _parseOptions = new(LanguageVersion.CSharp14, preprocessorSymbols: ["DEBUG"]);

    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Tree = CSharpSyntaxTree.ParseText(text, _parseOptions, path);
        string[] segments = path.Split('/');
        Project = segments.Length > 2 ? segments[1] : "";
        Folder = segments.Length > 3 ? string.Join('/', segments[2..^1]) : "";
        Name = System.IO.Path.GetFileNameWithoutExtension(path);
    }

    public string Path { get; }

    public string Text { get; }

    public SyntaxTree Tree { get; }

    /// <summary>The name of the project's folder.</summary>
    public string Project { get; }

    /// <summary>The folder inside the project, empty for its root.</summary>
    public string Folder { get; }

    /// <summary>The file's name without its ending.</summary>
    public string Name { get; }

    public CompilationUnitSyntax Root => (CompilationUnitSyntax)Tree.GetRoot();

    /// <summary>The types and delegates that lie in no other type.</summary>
    public IEnumerable<MemberDeclarationSyntax> TopLevelTypes =>
        Root.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>()
            .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    public static string NameOf(MemberDeclarationSyntax type) =>
        type is DelegateDeclarationSyntax d ? d.Identifier.Text : ((BaseTypeDeclarationSyntax)type).Identifier.Text;

    /// <summary>Says where a rule is broken, in the form that editors can jump to.</summary>
    public string At(SyntaxNodeOrToken place, string rule, string what) =>
        $"{Path}:{Tree.GetLineSpan(place.Span).StartLinePosition.Line + 1}: {rule} — {what}";

    public string At(int line, string rule, string what) => $"{Path}:{line}: {rule} — {what}";
}
