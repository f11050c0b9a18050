using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>A file holds one type and bears its name; a part of a partial type is named Type.Part.cs. A sample that is one file may declare the
/// records that it sends below its statements.</summary>
internal static class OneTypeRule
{
    private const string Rule = "one type";

    public static IEnumerable<string> Check(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            MemberDeclarationSyntax[] types = [.. file.TopLevelTypes];
            bool isProgram = file.Root.Members.OfType<GlobalStatementSyntax>().Any();
            foreach (MemberDeclarationSyntax extra in isProgram ? types.Where(type => !IsBodyOfASample(file, type)) : types.Skip(1))
            {
                yield return file.At(extra, Rule, $"{SourceFile.NameOf(extra)} needs a file of its own");
            }

            if (isProgram && file.Name != "Program")
            {
                yield return file.At(1, Rule, "a file of statements is named Program.cs");
            }

            if (!isProgram && types is [var only, ..] && file.Name.Split('.')[0] != SourceFile.NameOf(only))
            {
                yield return file.At(only, Rule, $"the file is not named as its type, {SourceFile.NameOf(only)}");
            }
        }
    }
    private static bool IsBodyOfASample(SourceFile file, MemberDeclarationSyntax type) =>
        type is RecordDeclarationSyntax && file.Path.StartsWith("samples/", StringComparison.Ordinal);
}
