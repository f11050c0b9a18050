using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Under a lock there is no second lock, no await, no input or output, and no code of the user.</summary>
internal static class LockRule
{
    private const string Rule = "locks";

    /// <summary>The types whose lock is the outermost one: others may be taken under it, but nothing else may happen there.
    /// The topology declares what it creates before anybody can send to it, so it enters the writer's and the logs' locks, in this order only.</summary>
    public static readonly string[] Outermost = ["BrokerTopology"];

    /// <summary>The one type that enters and leaves its lock by hand: the uses of its <c>Decide</c> are what this rule looks at.</summary>
    public const string Decider = "Subscription";

    public static IEnumerable<string> Check(Meaning meaning)
    {
        var calls = new CallGraph(meaning);
        foreach (SourceFile file in meaning.Files)
        {
            foreach (SyntaxNode node in file.Root.DescendantNodes())
            {
                foreach (string violation in CallGraph.LockedIn(node).SelectMany(body => CheckBody(meaning, calls, file, body)))
                {
                    yield return violation;
                }

                if (node is InvocationExpressionSyntax call && meaning.Of(call) is IMethodSymbol { ContainingType: { Name: "Monitor" or "Lock" } } method
                    && !(method.Name == "EnterScope" && IsForAUsing(call)) && !IsDecider(call))
                {
                    yield return file.At(call, Rule, $"{method.ContainingType.Name}.{method.Name} hides a lock from this rule");
                }
            }
        }
    }

    private static IEnumerable<string> CheckBody(Meaning meaning, CallGraph calls, SourceFile file, SyntaxNode body)
    {
        foreach (SyntaxNode node in CallGraph.RunsIn(body))
        {
            if (CallGraph.IsLock(node))
            {
                yield return file.At(node, Rule, "a second lock is taken under a lock");
            }
            else if (node is AwaitExpressionSyntax)
            {
                yield return file.At(node, Rule, "there is an await under a lock");
            }
            else if (node is InvocationExpressionSyntax && meaning.Of(node) is IMethodSymbol { MethodKind: MethodKind.DelegateInvoke })
            {
                yield return file.At(node, Rule, "a delegate is called under a lock");
            }

            foreach (IMethodSymbol called in calls.Called(node))
            {
                if (CallGraph.Foreign(called) is { } what)
                {
                    yield return file.At(node, Rule, $"{what} is called under a lock");
                }
                else if (calls.Reaches(called) is { } reached && !(IsOutermost(node) && reached.EndsWith(CallGraph.TakesALock, StringComparison.Ordinal)))
                {
                    yield return file.At(node, Rule, $"{called.Name}, called under a lock, {reached}");
                }
            }
        }
    }

    // The rule sees the using, also that of who calls a method that takes a lock for it.
    private static bool IsForAUsing(SyntaxNode call) =>
        call.Ancestors().TakeWhile(static outer => outer is not MemberDeclarationSyntax).Any(outer =>
            outer is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 }
            || (outer is UsingStatementSyntax used && !used.Statement.Span.Contains(call.Span)))
        || CallGraph.LockTakers.Contains(call.FirstAncestorOrSelf<MethodDeclarationSyntax>()?.Identifier.Text);

    private static bool IsDecider(SyntaxNode node) => node.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.Identifier.Text == Decider;

    private static bool IsOutermost(SyntaxNode node) =>
        Outermost.Contains(node.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.Identifier.Text);
}
