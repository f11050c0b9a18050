using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Which methods take a lock or leave the house, by themselves or through methods that they call.</summary>
/// <remarks>Calls through interfaces and delegates end the walk: their targets are not known.</remarks>
internal sealed class CallGraph
{
    /// <summary>The methods that take a lock and give what leaves it, for a using.</summary>
    public static readonly string?[] LockTakers = ["EnterScope", "EnterCommit", "EnterStep", "Decide", "Hold"];

    public const string TakesALock = "takes a lock";

    private readonly Meaning _meaning;
    private readonly Dictionary<IMethodSymbol, SyntaxNode> _bodies = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<IMethodSymbol, string?> _reached = new(SymbolEqualityComparer.Default);

    public CallGraph(Meaning meaning)
    {
        _meaning = meaning;
        foreach (SyntaxNode node in meaning.Files.SelectMany(file => file.Root.DescendantNodes()))
        {
            if (node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax && meaning.Declared(node) is IMethodSymbol method)
            {
                _bodies[method] = node;
            }
            else if (node is PropertyDeclarationSyntax { ExpressionBody: { } getter } && meaning.Declared(node) is IPropertySymbol { GetMethod: { } get })
            {
                _bodies[get] = getter;
            }
        }
    }

    /// <summary>Finds what a lock protects, if the node is a lock; a decision of a subscription is one. What ends a <c>using</c> runs without the lock.</summary>
    public static IEnumerable<SyntaxNode> LockedIn(SyntaxNode node) => node switch
    {
        _ when !IsLock(node) => [],
        LockStatementSyntax locked => [locked.Statement],
        UsingStatementSyntax scope => [scope.Statement],
        _ when node.Parent is BlockSyntax block => block.Statements.SkipWhile(statement => statement != node).Skip(1),
        _ => [],
    };

    /// <summary>Determines whether a node is a lock.</summary>
    public static bool IsLock(SyntaxNode node) => node switch
    {
        LockStatementSyntax => true,
        UsingStatementSyntax { Expression: { } expression } => TakesLock(expression),
        UsingStatementSyntax { Declaration: { } declaration } => TakesLock(declaration),
        LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } => TakesLock(node),
        _ => false,
    };

    /// <summary>Lists what runs when a body runs: functions that are only defined in it do not.</summary>
    public static IEnumerable<SyntaxNode> RunsIn(SyntaxNode body) =>
        body.DescendantNodesAndSelf(node => node == body || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax));

    /// <summary>Says what a call reaches that is not ours: user code, or the disk.</summary>
    public static string? Foreign(IMethodSymbol method) => method.ContainingType.Name switch
    {
        "IMessageSerializer" => "the serializer",
        "IMessageStore" => "the store",
        "CancellationTokenSource" when method.Name is "Cancel" or "CancelAsync" => "CancellationTokenSource.Cancel, which runs callbacks,",
        "ILogger" or "LoggerExtensions" => "the logger",
        _ when method.Parameters.Any(parameter => parameter.Type.Name == "ILogger") => "the logger",
        _ => null,
    };

    /// <summary>Lists the methods that a node calls directly, accessors included.</summary>
    public IEnumerable<IMethodSymbol> Called(SyntaxNode node)
    {
        if (node is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax && _meaning.Of(node) is IMethodSymbol method)
        {
            yield return method.ReducedFrom?.OriginalDefinition ?? method.OriginalDefinition;
        }
        else if (node is SimpleNameSyntax && _meaning.Of(node) is IPropertySymbol property)
        {
            bool written = node.AncestorsAndSelf().OfType<AssignmentExpressionSyntax>().FirstOrDefault() is { } assignment && assignment.Left.Span.Contains(node.Span);
            if ((written ? property.SetMethod : property.GetMethod) is { } accessor)
            {
                yield return accessor.OriginalDefinition;
            }
        }
    }

    /// <summary>Says what a method of ours reaches that must not be reached under a lock.</summary>
    public string? Reaches(IMethodSymbol method)
    {
        if (_reached.TryGetValue(method, out string? known) || !_bodies.TryGetValue(method, out SyntaxNode? body))
        {
            return known;
        }

        _reached[method] = null; // A method that calls itself adds nothing by that.
        foreach (SyntaxNode node in RunsIn(body))
        {
            string? reached = IsLock(node)
                ? TakesALock
                : Called(node).Select(called => Foreign(called) is { } what ? $"calls {what}" : Through(called)).FirstOrDefault(found => found is not null);
            if (reached is not null)
            {
                return _reached[method] = reached;
            }
        }

        return null;
    }

    private static bool TakesLock(SyntaxNode resource) =>
        resource.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().Any(static call => LockTakers.Contains(NameOf(call.Expression)));

    private static string? NameOf(ExpressionSyntax called) => called switch
    {
        MemberAccessExpressionSyntax member => member.Name.Identifier.Text,
        IdentifierNameSyntax name => name.Identifier.Text,
        _ => null,
    };

    private string? Through(IMethodSymbol called) => Reaches(called) is { } reached ? $"calls {called.Name}, which {reached}" : null;
}
