namespace Messaging.Topology;

/// <summary>A pattern of topic names: <c>*</c> stands for one token, <c>#</c> for zero or more.</summary>
internal sealed class TopicPattern(string text)
{
    private readonly string[] _tokens = text.Split('.');

    public string Text => text;

    public bool Matches(string topic)
    {
        if (!text.Contains('*', StringComparison.Ordinal) && !text.Contains('#', StringComparison.Ordinal))
        {
            return string.Equals(text, topic, StringComparison.Ordinal);
        }

        return Matches(topic.Split('.'));
    }

    /// <summary>Walks both sides once; a mismatch goes back to the last '#', which then takes one token more.</summary>
    private bool Matches(string[] topic)
    {
        int at = 0;
        int pattern = 0;
        int hash = -1;
        int hashAt = 0;
        while (at < topic.Length)
        {
            if (pattern < _tokens.Length && _tokens[pattern] == "#")
            {
                hash = pattern++;
                hashAt = at;
            }
            else if (pattern < _tokens.Length && (_tokens[pattern] == "*" || _tokens[pattern] == topic[at]))
            {
                pattern++;
                at++;
            }
            else if (hash >= 0)
            {
                pattern = hash + 1;
                at = ++hashAt;
            }
            else
            {
                return false;
            }
        }

        while (pattern < _tokens.Length && _tokens[pattern] == "#")
        {
            pattern++;
        }

        return pattern == _tokens.Length;
    }
}
