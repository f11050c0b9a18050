using System.Globalization;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>State that code behind a door leaves on its thread and in its flow, and what is seen of it elsewhere.</summary>
internal static class Ambient
{
    private static readonly AsyncLocal<string?> _local = new();
    private static readonly CultureInfo _culture = NewCulture();

    public static void Leave()
    {
        _local.Value = "left";
        CultureInfo.CurrentCulture = _culture;
        SynchronizationContext.SetSynchronizationContext(new LeftContext());
    }

    /// <summary>Says what is there; empty when nothing is.</summary>
    public static string Seen() => string.Join(
        ", ",
        new[]
        {
            _local.Value is null ? "" : "the local value of a flow",
            ReferenceEquals(CultureInfo.CurrentCulture, _culture) ? "the culture" : "",
            SynchronizationContext.Current is LeftContext ? "the context" : "",
        }.Where(part => part.Length > 0));

    private static CultureInfo NewCulture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ";";
        return culture;
    }

    private sealed class LeftContext : SynchronizationContext;
}
