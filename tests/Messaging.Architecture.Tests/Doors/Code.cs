using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>All functions of a set of files, and which of them may be meant by a call of a virtual or interface member.</summary>
internal sealed class Code
{
    private readonly Meaning _meaning;
    private readonly Dictionary<IMethodSymbol, Function> _functions = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<IMethodSymbol, List<IMethodSymbol>> _implementations = new(SymbolEqualityComparer.Default);

    public Code(Meaning meaning)
    {
        _meaning = meaning;
        foreach (SourceFile file in meaning.Files)
        {
            foreach (SyntaxNode node in file.Root.DescendantNodes())
            {
                Add(file, node);
            }
        }

        foreach (IMethodSymbol method in _functions.Keys.ToArray())
        {
            NoteImplementation(method);
        }
    }

    public IReadOnlyCollection<Function> Functions => _functions.Values;

    public Function? Of(IMethodSymbol method) => _functions.GetValueOrDefault(method.OriginalDefinition);

    /// <summary>Lists the functions of ours that a call of a method may run.</summary>
    public IEnumerable<Function> Targets(IMethodSymbol method)
    {
        IMethodSymbol called = method.OriginalDefinition;
        if (Of(called) is { } itself)
        {
            yield return itself;
        }

        foreach (IMethodSymbol implementation in Implementations(called))
        {
            yield return _functions[implementation];
        }
    }

    /// <summary>Lists the functions of ours that override or implement a method.</summary>
    public IReadOnlyCollection<IMethodSymbol> Implementations(IMethodSymbol method) =>
        _implementations.GetValueOrDefault(method.OriginalDefinition) ?? [];

    private void Add(SourceFile file, SyntaxNode node)
    {
        switch (node)
        {
            case BaseMethodDeclarationSyntax or AccessorDeclarationSyntax when _meaning.Declared(node) is IMethodSymbol method:
                Add(file, method, _meaning.Operation(node));
                break;
            case ArrowExpressionClauseSyntax { Parent: PropertyDeclarationSyntax or IndexerDeclarationSyntax } arrow
                when _meaning.Declared(arrow.Parent!) is IPropertySymbol { GetMethod: { } getter }:
                Add(file, getter, _meaning.Operation(arrow));
                break;
            case VariableDeclaratorSyntax { Initializer: { } initial, Parent.Parent: FieldDeclarationSyntax } when _meaning.Declared(node) is IFieldSymbol field:
                AddInitializer(file, field, _meaning.Operation(initial));
                break;
            case PropertyDeclarationSyntax { Initializer: { } initial } when _meaning.Declared(node) is IPropertySymbol property:
                AddInitializer(file, property, _meaning.Operation(initial));
                break;
        }
    }

    private void Add(SourceFile file, IMethodSymbol method, IOperation? body)
    {
        if (body is null)
        {
            return;
        }

        NewFunction(file, method.OriginalDefinition).Bodies.Add(body);
        AddInner(file, body);
    }

    private void AddInitializer(SourceFile file, ISymbol member, IOperation? value)
    {
        if (value is null)
        {
            return;
        }

        INamedTypeSymbol type = member.ContainingType;
        foreach (IMethodSymbol constructor in member.IsStatic ? type.StaticConstructors : type.InstanceConstructors)
        {
            NewFunction(file, constructor.OriginalDefinition).Bodies.Add(value);
        }

        AddInner(file, value);
    }

    private void AddInner(SourceFile file, IOperation body)
    {
        foreach (IOperation inner in body.Descendants())
        {
            (IMethodSymbol? symbol, IOperation? innerBody) = inner switch
            {
                IAnonymousFunctionOperation lambda => (lambda.Symbol, lambda.Body),
                ILocalFunctionOperation local => (local.Symbol, (IOperation?)local.Body ?? local.IgnoredBody),
                _ => (null, null),
            };
            if (symbol is not null && innerBody is not null)
            {
                NewFunction(file, symbol.OriginalDefinition).Bodies.Add(innerBody);
            }
        }
    }

    private Function NewFunction(SourceFile file, IMethodSymbol method)
    {
        if (!_functions.TryGetValue(method, out Function? function))
        {
            _functions[method] = function = new Function(method, file, []);
        }

        return function;
    }

    private void NoteImplementation(IMethodSymbol method)
    {
        for (IMethodSymbol? overridden = method.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
        {
            Note(overridden, method);
        }

        if (method.ContainingType is not { } type || method.MethodKind is MethodKind.Constructor or MethodKind.AnonymousFunction or MethodKind.LocalFunction)
        {
            return;
        }

        foreach (IMethodSymbol declared in type.AllInterfaces.SelectMany(contract => contract.GetMembers().OfType<IMethodSymbol>()))
        {
            if (SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(declared)?.OriginalDefinition, method))
            {
                Note(declared, method);
            }
        }
    }

    private void Note(IMethodSymbol declared, IMethodSymbol implementation)
    {
        if (!_implementations.TryGetValue(declared.OriginalDefinition, out List<IMethodSymbol>? known))
        {
            _implementations[declared.OriginalDefinition] = known = [];
        }

        known.Add(implementation);
    }
}
