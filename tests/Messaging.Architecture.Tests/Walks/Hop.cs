using Messaging.Architecture.Tests.Rules;

namespace Messaging.Architecture.Tests.Walks;

/// <summary>One step of a walk: a call between two methods of ours.</summary>
/// <param name="Caller">The method that calls.</param>
/// <param name="Callee">The method that is called.</param>
/// <param name="From">Where the call stands, as path:line below src; empty for a call from outside.</param>
/// <param name="To">Where the callee stands.</param>
/// <param name="RoundTrip">The types, where the callee's type is called back by one that it has called; empty otherwise.</param>
internal sealed record Hop(string Caller, string Callee, string From, string To, string RoundTrip)
{
    /// <summary>Gets a value indicating whether the callee stands in a folder above the caller's, in the same project.</summary>
    public bool IsUp => LayerOf(From) is var (project, from) && LayerOf(To) is var (other, to) && project == other && to < from;

    /// <summary>Reads a line of the worker.</summary>
    public static Hop Parse(string line)
    {
        string[] parts = line.Split('\t');
        return new Hop(parts[0], parts[1], BelowSource(parts[2]), BelowSource(parts[3]), parts[4]);
    }

    public override string ToString() => $"{Caller} > {Callee}  {From} > {To}{(IsUp ? "  up" : "")}{(RoundTrip.Length > 0 ? $"  {RoundTrip}" : "")}";

    private static string BelowSource(string place)
    {
        place = place.Replace('\\', '/');
        int source = place.IndexOf("/src/", StringComparison.Ordinal);
        return source < 0 ? place : place[(source + "/src/".Length)..];
    }

    private static (string Project, int Layer)? LayerOf(string place) =>
        place.Split('/') is [var project, .. var folders, _] && Layers.Of(project) is { } layers
        && Array.IndexOf(layers.TopToBottom, folders is [var folder, ..] ? folder : "") is >= 0 and var layer
            ? (project, layer)
            : null; // What is generated has no layer.
}
