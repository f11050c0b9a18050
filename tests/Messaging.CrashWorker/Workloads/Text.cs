namespace Messaging.CrashWorker.Workloads;

/// <summary>The body of a workload's message: its name, and letters that follow from the name, so that a wrong body is seen.</summary>
internal static class Text
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    public static string Of(string name)
    {
        int length = LengthFor(name);
        return string.Create(name.Length + 1 + length, name, static (text, name) =>
        {
            name.CopyTo(text);
            text[name.Length] = ' ';
            for (int i = name.Length + 1; i < text.Length; i++)
            {
                text[i] = Letters[(i + name[^1]) % Letters.Length];
            }
        });
    }

    /// <summary>Gets the name of the message with a body; a name that nobody sent, if the body is not the one that was sent.</summary>
    public static string NameIn(string body)
    {
        string name = body[..Math.Max(0, body.IndexOf(' ', StringComparison.Ordinal))];
        return name.Length > 0 && Of(name) == body ? name : "wrong-body";
    }

    // A few are large, most are small. The runtime's own hash differs from process to process.
    private static int LengthFor(string name)
    {
        int sum = name.Aggregate(7, static (sum, letter) => unchecked((sum * 31) + letter)) & 0xFFFF;
        return sum % 50 == 0 ? 4_000 : sum % 100;
    }
}
