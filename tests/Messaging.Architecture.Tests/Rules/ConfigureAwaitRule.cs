using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A library awaits without a captured context, also in loops and at the end of a scope. The engine asks whether it runs in a
/// context of its own, in which a test runs everything in one place.</summary>
internal static class ConfigureAwaitRule
{
    private const string Rule = "ConfigureAwait";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from node in file.Root.DescendantNodes()
        from awaited in Awaited(node)
        where !IsConfigured(awaited, inEngine: file.Project == "Messaging.Engine")
        select file.At(node, Rule, $"'{awaited.ToString().Split('\n')[0]}' is awaited without ConfigureAwait({(file.Project == "Messaging.Engine" ? "WorkContext.IsCurrent" : "false")})");

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
    private static bool IsConfigured(ExpressionSyntax awaited, bool inEngine) =>
        awaited is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
        && ((access.Name.Identifier.Text == "ConfigureAwait" && IsPlain(call.ArgumentList.Arguments, inEngine))
            || access.ToString() == "Task.Yield");

    private static bool IsPlain(SeparatedSyntaxList<ArgumentSyntax> arguments, bool inEngine) =>
        arguments is [{ Expression: var argument }]
        && (argument.ToString() == "WorkContext.IsCurrent"
            || argument.ToString().StartsWith("WorkContext.With(", StringComparison.Ordinal)
            || (!inEngine && IsFalse(argument)));

    private static bool IsFalse(ExpressionSyntax argument) =>
        argument.IsKind(SyntaxKind.FalseLiteralExpression)
        || (argument.ToString() is var text && text.Contains("ConfigureAwaitOptions", StringComparison.Ordinal) && !text.Contains("ContinueOnCapturedContext", StringComparison.Ordinal));
}
