using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>Whoever completes a task runs nobody's continuation on the spot: each source of a task says so where it is created.</summary>
internal static class ContinuationRule
{
    private const string Rule = "continuations";

    private static readonly string[] _sources = ["TaskCompletionSource", "ManualResetValueTaskSourceCore"];

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from creation in file.Root.DescendantNodes().OfType<BaseObjectCreationExpressionSyntax>()
        let type = creation is ObjectCreationExpressionSyntax named ? named.Type : (creation.FirstAncestorOrSelf<VariableDeclarationSyntax>()?.Type)
        where type is SimpleNameSyntax name && _sources.Contains(name.Identifier.Text)
        where !creation.ToString().Contains("RunContinuationsAsynchronously", StringComparison.Ordinal)
        select file.At(creation, Rule, $"{type} runs continuations on the thread that completes it; say RunContinuationsAsynchronously");
}
