using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A file is never over 400 lines, and a method never over 70.</summary>
internal static class LengthRule
{
    public const int MaxFileLines = 400;
    public const int MaxMethodLines = 70;

    private const string Rule = "length";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            int lines = file.Text.AsSpan().TrimEnd().Count('\n') + 1;
            if (lines > MaxFileLines)
            {
                yield return file.At(MaxFileLines + 1, Rule, $"the file has {lines} lines, {MaxFileLines} at most");
            }

            foreach (SyntaxNode method in file.Root.DescendantNodes().Where(IsMethod))
            {
                int methodLines = Lines(file, FirstToken(method).SpanStart, method.Span.End);
                if (methodLines > MaxMethodLines)
                {
                    yield return file.At(FirstToken(method), Rule, $"{Show(method)} has {methodLines} lines, {MaxMethodLines} at most");
                }
            }

            GlobalStatementSyntax[] program = [.. file.Root.Members.OfType<GlobalStatementSyntax>().Where(s => s.Statement is not LocalFunctionStatementSyntax)];
            if (program.Length > 0 && Lines(file, program[0].SpanStart, program[^1].Span.End) is > MaxMethodLines and var statementLines)
            {
                yield return file.At(program[0], Rule, $"the program's statements have {statementLines} lines, {MaxMethodLines} at most");
            }
        }
    }

    // A local function counts in its method, except in a program of statements, where it stands alone.
    private static bool IsMethod(SyntaxNode node) => node
        is BaseMethodDeclarationSyntax
        or AccessorDeclarationSyntax
        or PropertyDeclarationSyntax { ExpressionBody: not null }
        or IndexerDeclarationSyntax { ExpressionBody: not null }
        or LocalFunctionStatementSyntax { Parent: GlobalStatementSyntax };

    private static SyntaxToken FirstToken(SyntaxNode method)
    {
        SyntaxNode? lastAttribute = method.ChildNodes().TakeWhile(child => child is AttributeListSyntax).LastOrDefault();
        return lastAttribute is null ? method.GetFirstToken() : lastAttribute.GetLastToken().GetNextToken();
    }

    private static int Lines(SourceFile file, int start, int end)
    {
        FileLinePositionSpan span = file.Tree.GetLineSpan(Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(start, end));
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static string Show(SyntaxNode method) => method switch
    {
        MethodDeclarationSyntax m => m.Identifier.Text,
        ConstructorDeclarationSyntax c => $"{c.Identifier.Text}'s constructor",
        PropertyDeclarationSyntax p => p.Identifier.Text,
        LocalFunctionStatementSyntax f => f.Identifier.Text,
        AccessorDeclarationSyntax { Parent.Parent: PropertyDeclarationSyntax p } a => $"{p.Identifier.Text}'s {a.Keyword.Text}",
        _ => "a member",
    };
}
