using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Sources;

/// <summary>What the names in a set of files stand for: the compiler's view of them, without a build.</summary>
internal sealed class Meaning
{
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> _references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private readonly Dictionary<SyntaxTree, SourceFile> _files;
    private readonly Dictionary<SyntaxTree, SemanticModel> _models = []; // Each keeps what it has resolved.

    public Meaning(IReadOnlyCollection<SourceFile> files)
    {
        Files = files;
        _files = files.ToDictionary(file => file.Tree);
        Compilation = CSharpCompilation.Create(
            "Judged",
            [.. _files.Keys, new SourceFile("GlobalUsings.cs", ImplicitUsings).Tree],
            _references.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
    }

    public IReadOnlyCollection<SourceFile> Files { get; }

    public CSharpCompilation Compilation { get; }

    /// <summary>Finds what a name or call refers to; <see langword="null"/> for what the compiler does not know.</summary>
    public ISymbol? Of(SyntaxNode node)
    {
        SymbolInfo info = Model(node).GetSymbolInfo(node);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
    }

    public ISymbol? Declared(SyntaxNode node) => Model(node).GetDeclaredSymbol(node);

    /// <summary>Finds what a body or an initializer does, as the compiler sees it.</summary>
    public IOperation? Operation(SyntaxNode node) => Model(node).GetOperation(node);

    /// <summary>Finds the file that declares a type or a member's type, if it is one of these files.</summary>
    public SourceFile? HomeOf(ISymbol? symbol)
    {
        INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
        SyntaxReference? declaration = type?.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault();
        return declaration is null ? null : _files.GetValueOrDefault(declaration.SyntaxTree);
    }

    /// <summary>Lists every name in a file, with what it stands for.</summary>
    public IEnumerable<(SimpleNameSyntax Name, ISymbol Symbol)> Names(SourceFile file)
    {
        foreach (SimpleNameSyntax name in file.Root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (Of(name) is { } symbol)
            {
                yield return (name, symbol);
            }
        }
    }

    private SemanticModel Model(SyntaxNode node)
    {
        if (!_models.TryGetValue(node.SyntaxTree, out SemanticModel? model))
        {
            _models[node.SyntaxTree] = model = Compilation.GetSemanticModel(node.SyntaxTree);
        }

        return model;
    }
}
