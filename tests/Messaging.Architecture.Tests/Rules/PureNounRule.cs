using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Nouns are pure: what is named as a state or a table holds no thread, lock, clock, input, output or await.</summary>
internal static class PureNounRule
{
    private const string Rule = "pure nouns";

    private static readonly string[] _endings = ["State", "Table", "Wheel", "Policy", "Pattern", "RangeSet", "Set", "Heap", "Retry"];

    private static readonly string[] _impureTypes =
    [
        "Thread", "Task", "ValueTask", "Lock", "Monitor", "Mutex", "Interlocked", "SemaphoreSlim", "Semaphore", "ManualResetEventSlim",
        "AutoResetEvent", "ReaderWriterLockSlim", "SpinLock", "Timer", "PeriodicTimer", "ITimer", "TimeProvider",
        "File", "FileStream", "Directory", "Stream", "Socket", "Channel", "ChannelReader", "ChannelWriter", "IMessageStore",
    ];

    private static readonly string[] _impureNamespaces = ["System.IO", "System.Net", "System.Threading", "System.Data", "Microsoft.Data"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from type in file.Root.DescendantNodes().OfType<TypeDeclarationSyntax>()
        where type is not InterfaceDeclarationSyntax && _endings.Any(ending => type.Identifier.Text.EndsWith(ending, StringComparison.Ordinal))
        from violation in Check(file, type)
        select violation;

    private static IEnumerable<string> Check(SourceFile file, TypeDeclarationSyntax type)
    {
        string name = type.Identifier.Text;
        foreach (SyntaxToken token in type.DescendantTokens())
        {
            if (token.Kind() is SyntaxKind.LockKeyword or SyntaxKind.AwaitKeyword or SyntaxKind.AsyncKeyword)
            {
                yield return file.At(token, Rule, $"{name} says '{token.Text}'");
            }
            else if (token.IsKind(SyntaxKind.IdentifierToken) && token.Parent is SimpleNameSyntax used && IsTypePosition(used) && _impureTypes.Contains(token.Text))
            {
                yield return file.At(token, Rule, $"{name} uses {token.Text}");
            }
        }

        foreach (UsingDirectiveSyntax directive in file.Root.DescendantNodes().OfType<UsingDirectiveSyntax>())
        {
            string? imported = directive.Name?.ToString();
            if (_impureNamespaces.Any(space => imported == space || imported?.StartsWith(space + ".", StringComparison.Ordinal) == true))
            {
                yield return file.At(directive, Rule, $"{name} imports {imported}");
            }
        }
    }

    /// <summary>Tells a type from a member of the same name: in <c>x.Task</c> it is a member, unless x is a namespace.</summary>
    private static bool IsTypePosition(SimpleNameSyntax name) =>
        name.Parent is not MemberAccessExpressionSyntax access || access.Name != name
        || access.Expression.ToString().Split('.')[0] is "System" or "global::System";
}
