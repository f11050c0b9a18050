namespace Messaging.Crash.Tests.Corruption;

/// <summary>A body that follows from its message's name, so that a wrong one is seen.</summary>
internal static class NamedBody
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static string Of(string name, int length)
    {
        uint state = (uint)name.Aggregate(2_166_136_261u, static (sum, letter) => unchecked((sum ^ letter) * 16_777_619u));
        return string.Create(name.Length + 1 + length, (name, state), static (text, from) =>
        {
            from.name.CopyTo(text);
            text[from.name.Length] = ' ';
            uint state = from.state;
            for (int i = from.name.Length + 1; i < text.Length; i++)
            {
                state = unchecked((state * 1_664_525) + 1_013_904_223);
                text[i] = Letters[(int)(state >> 16) % Letters.Length];
            }
        });
    }

    /// <summary>Gets the name in a body; nothing if the body is not the one of that name.</summary>
    public static string? NameIn(string body)
    {
        int space = body.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && Of(body[..space], body.Length - space - 1) == body ? body[..space] : null;
    }
}
