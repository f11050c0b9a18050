namespace Messaging.PerfTests.Peers;

/// <summary>Where the Debian package of RabbitMQ puts what its server is started with, and what is missing.</summary>
internal static class RabbitInstallation
{
    /// <summary>The package's script that starts a server as whoever calls it; the one in the search path changes the user.</summary>
    public const string ServerScript = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const string HowTo = "to measure against it: apt-get update && apt-get install -y --no-install-recommends rabbitmq-server (Debian 12 has 3.10)";

    // The shell that looks after the server; the Erlang machine, and the directory of its nodes; a session of its own.
    private static readonly string[] _programs = ["sh", "setsid", "erl", "epmd"];

    /// <summary>Tells why no server can be started here and what to do about it; <see langword="null"/> if one can.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "a RabbitMQ server is started on Linux only.";
        }

        if (!File.Exists(ServerScript))
        {
            return $"RabbitMQ is not installed ({ServerScript} is not there); {HowTo}.";
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string? missing = _programs.FirstOrDefault(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program))));
        return missing is null ? null : $"'{missing}', which a RabbitMQ server needs, is not in the search path; {HowTo}.";
    }
}
