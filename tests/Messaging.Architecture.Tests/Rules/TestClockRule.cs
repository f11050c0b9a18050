using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A test runs on virtual time: it never sleeps, and never asks for the time of day.</summary>
internal static class TestClockRule
{
    private const string Rule = "tests never sleep";

    private static readonly string[] _banned =
        ["Task.Delay", "Thread.Sleep", "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from access in file.Root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        let said = $"{access.Expression.ToString().Split('.')[^1]}.{access.Name.Identifier.Text}"
        where _banned.Contains(said) && !IsForever(access) && !IsOnAClock(access)
        select file.At(access, Rule, $"{said} is used");

    // What waits until it is killed or cancelled waits for no time.
    private static bool IsForever(MemberAccessExpressionSyntax access) =>
        access.Parent is InvocationExpressionSyntax { ArgumentList.Arguments: [{ Expression: var time }, ..] }
        && time.ToString() is "Timeout.Infinite" or "Timeout.InfiniteTimeSpan";

    // By the clock that is given, which must not be the system's.
    private static bool IsOnAClock(MemberAccessExpressionSyntax access) =>
        access.Parent is InvocationExpressionSyntax { ArgumentList.Arguments: [_, { Expression: var clock }, ..] }
        && clock.ToString().Split('.')[^1].TrimStart('_').ToUpperInvariant() is "TIME" or "CLOCK";
}
