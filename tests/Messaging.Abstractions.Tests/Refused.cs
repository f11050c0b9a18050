namespace Messaging.Abstractions.Tests;

/// <summary>How these tests read a refusal: an exception that names the argument, and whose message shows value and rule.</summary>
internal static class Refused
{
    public static void Argument(Func<object?> call, string parameter, params string[] words)
    {
        ArgumentOutOfRangeException refused = call.Should().Throw<ArgumentOutOfRangeException>().Which;
        refused.ParamName.Should().Be(parameter);
        refused.Message.Should().ContainAll(words);
    }
}
