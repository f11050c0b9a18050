using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A handler runs beside its test: the test uses a collection that the handler changes after a wait for rest, or for what the handler does.</summary>
internal static class HandlerStateRule
{
    private const string Rule = "handler state";

    private static readonly string[] _changes =
        ["Add", "AddRange", "Remove", "RemoveAt", "Clear", "Insert", "Enqueue", "Dequeue", "Push", "Pop", "TryAdd", "UnionWith", "ExceptWith"];

    private static readonly string[] _waits =
        ["SettleAsync", "AdvanceAsync", "AdvanceToNextAsync", "PauseAsync", "CrashAndReopenAsync", "ReopenAsync", "WhenIdleAsync", "UntilAsync", "Soon"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        from violation in Check(file, method)
        select violation;

    private static IEnumerable<string> Check(SourceFile file, MethodDeclarationSyntax method)
    {
        InvocationExpressionSyntax[] calls = [.. method.DescendantNodes().OfType<InvocationExpressionSyntax>()];
        InvocationExpressionSyntax[] handles = [.. calls.Where(call => NameOf(call) == "Handle")];
        int[] waits = [.. calls.Where(call => _waits.Contains(NameOf(call)) && !IsIn(call, handles)).Select(call => call.Span.End)];
        return from handle in handles
               from name in ChangedIn(handle)
               where !IsSafe(file, name)
               from use in method.DescendantNodes().OfType<IdentifierNameSyntax>()
               where use.Identifier.Text == name && use.SpanStart > handle.Span.End && !IsIn(use, handles)
               where !waits.Any(wait => wait > handle.Span.End && wait < use.SpanStart)
               select file.At(use, Rule, $"{name} is changed by a handler, and used before a wait for rest");
    }

    /// <summary>Finds the collections of the outside that the functions given to a call change.</summary>
    private static IEnumerable<string> ChangedIn(InvocationExpressionSyntax handle) =>
        (from function in handle.ArgumentList.DescendantNodes().OfType<AnonymousFunctionExpressionSyntax>()
         from change in function.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
         where change.Parent is InvocationExpressionSyntax && _changes.Contains(change.Name.Identifier.Text)
         let collection = change.Expression as IdentifierNameSyntax
         where collection is not null && !IsDeclaredIn(function, collection.Identifier.Text)
         select collection.Identifier.Text).Distinct();

    /// <summary>Determines whether a collection is one for several threads.</summary>
    private static bool IsSafe(SourceFile file, string name) =>
        file.Root.DescendantNodes().OfType<VariableDeclarationSyntax>().Any(declared =>
            declared.Variables.Any(variable => variable.Identifier.Text == name
                && (IsConcurrent(declared.Type) || (variable.Initializer?.Value is ObjectCreationExpressionSyntax creation && IsConcurrent(creation.Type)))));

    private static bool IsConcurrent(TypeSyntax type) => type.ToString().StartsWith("Concurrent", StringComparison.Ordinal);

    private static bool IsDeclaredIn(SyntaxNode function, string name) => function.DescendantNodes().Any(node =>
        node is VariableDeclaratorSyntax variable && variable.Identifier.Text == name
        || node is ParameterSyntax parameter && parameter.Identifier.Text == name);

    private static bool IsIn(SyntaxNode node, InvocationExpressionSyntax[] calls) => calls.Any(call => call.ArgumentList.Span.Contains(node.Span));

    private static string NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        SimpleNameSyntax name => name.Identifier.Text,
        _ => "",
    };
}
