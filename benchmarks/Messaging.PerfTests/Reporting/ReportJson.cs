using System.Text.Json;

namespace Messaging.PerfTests.Reporting;

/// <summary>The report for machines.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(Report report, string file)
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, report, _options);
    }
}
