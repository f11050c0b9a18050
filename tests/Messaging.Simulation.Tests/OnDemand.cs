using System.Globalization;

namespace Messaging.Simulation.Tests;

/// <summary>What the environment asks for beyond the figures of every change.</summary>
internal static class OnDemand
{
    public static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
