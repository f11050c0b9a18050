using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A library awaits without a captured context, also in loops and at the end of a scope.</summary>
internal static class ConfigureAwaitRule
{
    private const string Rule = "ConfigureAwait";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from node in file.Root.DescendantNodes()
        from awaited in Awaited(node)
        where !IsConfigured(awaited)
        select file.At(node, Rule, $"'{awaited.ToString().Split('\n')[0]}' is awaited without ConfigureAwait(false)");

    private static IEnumerable<ExpressionSyntax> Awaited(SyntaxNode node) => node switch
    {
        AwaitExpressionSyntax awaiting => [awaiting.Expression],
        CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } loop => [loop.Expression],
        UsingStatementSyntax { AwaitKeyword.RawKind: not 0, Expression: { } scope } => [scope],
        UsingStatementSyntax { AwaitKeyword.RawKind: not 0, Declaration: { } declaration } => Values(declaration),
        LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 } declaration => Values(declaration.Declaration),
        _ => [],
    };

    private static IEnumerable<ExpressionSyntax> Values(VariableDeclarationSyntax declaration) =>
        declaration.Variables.Select(variable => variable.Initializer!.Value);

    // A yield has no context to configure.
    private static bool IsConfigured(ExpressionSyntax awaited) =>
        awaited is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
        && ((access.Name.Identifier.Text == "ConfigureAwait" && IsFalse(call.ArgumentList.Arguments))
            || access.ToString() == "Task.Yield");

    private static bool IsFalse(SeparatedSyntaxList<ArgumentSyntax> arguments) =>
        arguments is [{ Expression: var argument }]
        && (argument.IsKind(SyntaxKind.FalseLiteralExpression)
            || (argument.ToString() is var text && text.Contains("ConfigureAwaitOptions", StringComparison.Ordinal) && !text.Contains("ContinueOnCapturedContext", StringComparison.Ordinal)));
}
