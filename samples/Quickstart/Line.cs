using System.Text.Json.Serialization;
using Messaging;

namespace Quickstart;

/// <summary>One line of the input: the body of the messages in the queue.</summary>
internal sealed record Line(string File, int Number, string Text)
{
    /// <summary>The line's own message id: whoever sends this line, and however often, it is the same message.</summary>
    [JsonIgnore]
    public MessageId Id => MessageId.FromName($"{File}:{Number}");

    /// <summary>The topic on which the handled line is published: <c>text.cs</c>, <c>text.md</c>, …</summary>
    [JsonIgnore]
    public string Topic
    {
        get
        {
            string extension = Path.GetExtension(File).TrimStart('.').ToLowerInvariant();
            return extension.Length is > 0 and <= 16 && extension.All(char.IsAsciiLetterOrDigit) ? $"text.{extension}" : "text.other";
        }
    }
}
