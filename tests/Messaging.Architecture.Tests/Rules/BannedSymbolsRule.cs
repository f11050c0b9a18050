using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>The engine has no clock, delay, random number or GUID of its own: its list of banned symbols names them all.</summary>
internal static class BannedSymbolsRule
{
    private const string Rule = "banned symbols";

    /// <summary>What the list must name: a member of each type, or with no member the type itself.</summary>
    public static readonly (string Type, string? Member)[] Demanded =
    [
        ("System.Threading.Tasks.Task", "Run"),
        ("System.Threading.Tasks.Task", "Delay"),
        ("System.Threading.Thread", "Sleep"),
        ("System.DateTime", "Now"),
        ("System.DateTime", "UtcNow"),
        ("System.DateTimeOffset", "Now"),
        ("System.DateTimeOffset", "UtcNow"),
        ("System.Environment", "TickCount64"),
        ("System.Diagnostics.Stopwatch", null),
        ("System.Threading.Timer", null),
        ("System.Threading.PeriodicTimer", null),
        ("System.Threading.CancellationTokenSource", "CancelAfter"),
        ("System.Guid", "NewGuid"),
        ("System.Guid", "CreateVersion7"),
        ("System.Random", null),
    ];

    /// <summary>The one use that is wanted: the broker's clock asks the system's coarse one whether its own time is out of date.</summary>
    public static readonly (string File, string Symbol) Allowed = ("src/Messaging.Engine/Scheduling/BrokerClock.cs", "P:System.Environment.TickCount64");

    /// <summary>Checks that the list is complete, down to the last overload, and that the project obeys it.</summary>
    public static IEnumerable<string> CheckList(TextFile list, TextFile project)
    {
        if (!project.Text.Contains("<AdditionalFiles Include=\"BannedSymbols.txt\"", StringComparison.Ordinal)
            || !project.Text.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", StringComparison.Ordinal))
        {
            yield return project.At(1, Rule, "the analyzer or its list is not in the project");
        }

        HashSet<string> banned = Ids(list);
        foreach (string id in DemandedIds().Where(id => !banned.Contains(id)))
        {
            yield return list.At(1, Rule, $"{id} is missing");
        }
    }

    /// <summary>Finds the uses of banned symbols, as the analyzer does.</summary>
    public static IEnumerable<string> CheckUses(TextFile list, Meaning meaning, string project)
    {
        HashSet<string> banned = Ids(list);
        return from file in meaning.Files
               where file.Project == project
               from use in meaning.Names(file)
               let symbol = use.Symbol.OriginalDefinition
               where (file.Path, symbol.GetDocumentationCommentId()) != Allowed
               where Banned(banned, symbol) || (symbol is IMethodSymbol && Banned(banned, symbol.ContainingType))
               select file.At(use.Name, Rule, $"{symbol.ToDisplayString()} is banned in the engine");
    }

    public static IEnumerable<string> DemandedIds()
    {
        var platform = new Meaning([]);
        foreach ((string type, string? member) in Demanded)
        {
            INamedTypeSymbol found = platform.Compilation.GetTypeByMetadataName(type) ?? throw new InvalidOperationException($"{type} is unknown.");
            IEnumerable<ISymbol> symbols = member is null ? [found] : found.GetMembers(member).Where(symbol => symbol.DeclaredAccessibility == Accessibility.Public);
            foreach (ISymbol symbol in symbols)
            {
                yield return symbol.GetDocumentationCommentId()!;
            }
        }
    }

    private static bool Banned(HashSet<string> banned, ISymbol symbol) =>
        symbol.GetDocumentationCommentId() is { } id && banned.Contains(id);

    // The analyzer reads "M:System.Guid.NewGuid;reason", and allows the empty parentheses to be left out.
    private static HashSet<string> Ids(TextFile list) =>
        [.. list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(';')[0].Trim())];
}
