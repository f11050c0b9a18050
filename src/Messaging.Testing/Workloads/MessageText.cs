namespace Messaging.Testing.Workloads;

/// <summary>The body of a workload's message: its name, and letters that follow from the name, so that a wrong body is seen.</summary>
internal static class MessageText
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    public static string Of(string name)
    {
        int length = LengthFor(name);
        return string.Create(name.Length + 1 + length, name, static (text, name) =>
        {
            name.CopyTo(text);
            text[name.Length] = ' ';
            Fill(text[(name.Length + 1)..], name);
        });
    }

    /// <summary>Gets the name of the message with a body; a name that nobody sent, if the body is not the one that was sent.</summary>
    public static string NameIn(string body)
    {
        string name = body[..Math.Max(0, body.IndexOf(' ', StringComparison.Ordinal))];
        return name.Length > 0 && IsOf(body, name) ? name : "wrong-body";
    }

    private static bool IsOf(string body, string name)
    {
        int length = LengthFor(name);
        if (body.Length != name.Length + 1 + length)
        {
            return false;
        }

        int offset = name[^1];
        for (int i = 0; i < length; i++)
        {
            if (body[name.Length + 1 + i] != Letters[(i + offset) % Letters.Length])
            {
                return false;
            }
        }

        return true;
    }

    private static void Fill(Span<char> text, string name)
    {
        int offset = name[^1];
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = Letters[(i + offset) % Letters.Length];
        }
    }

    // A few are large, most are small. The runtime's own hash differs from process to process.
    private static int LengthFor(string name)
    {
        int sum = 7;
        foreach (char letter in name)
        {
            sum = unchecked((sum * 31) + letter) & 0xFFFF;
        }

        return sum % 50 == 0 ? 4_000 : sum % 100;
    }
}
