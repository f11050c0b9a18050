namespace Messaging.CrashWorker;

/// <summary>The worker's standard output: whole lines, each handed to the system before the call returns.</summary>
internal static class Report
{
    private static readonly Lock _gate = new();
    private static readonly Stream _output = Console.OpenStandardOutput();

    public static void Line(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text + "\n");
        lock (_gate)
        {
            _output.Write(bytes);
            _output.Flush();
        }
    }
}
