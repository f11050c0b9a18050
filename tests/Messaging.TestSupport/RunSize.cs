using System.Globalization;

namespace Messaging.TestSupport;

/// <summary>How many cases a long test goes through: a few with <c>dotnet test</c>, those of a change with <c>MESSAGING_SIZE=change</c>
/// as in <c>.ci/run</c>, or as many as its own variable says.</summary>
public static class RunSize
{
    private const string Variable = "MESSAGING_SIZE";
    private const string Change = "change";

    /// <summary>Gets the number of cases.</summary>
    /// <param name="variable">The test's own variable.</param>
    /// <param name="quick">The number with <c>dotnet test</c>.</param>
    /// <param name="change">The number for a change.</param>
    /// <exception cref="InvalidOperationException">The environment asks for a size that there is not.</exception>
    public static int Of(string variable, int quick, int change) => Number(variable, Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => quick,
        Change => change,
        var other => throw new InvalidOperationException($"{Variable} is '{other}'. Set it to '{Change}', or leave it unset."),
    });

    /// <summary>Gets a number that the environment may set.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="otherwise">The number where it is not set.</param>
    public static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
