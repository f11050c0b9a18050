using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Messaging.PerfTests.Running;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Messaging.PerfTests.Peers;

/// <summary>A RabbitMQ server of a run's own: a node, ports, files and settings that no other server sees, and that are gone afterwards.</summary>
/// <remarks>
/// A shell looks after it in a session of its own. It waits for the end of its input, which comes with <see cref="DisposeAsync"/>
/// and also when this process ends in any other way; then it stops the server and deletes the folder.
/// </remarks>
internal sealed class RabbitServer : IAsyncDisposable
{
    // The directory of nodes stays a child instead of the daemon that a node would start and leave behind.
    private const string Shell = """
        trap : TERM
        trap '' HUP INT
        epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >"$HOME/epmd.out" 2>&1 </dev/null &
        directory=$!
        "$PERF_RABBITMQ_SERVER" -noinput >"$HOME/server.out" 2>&1 </dev/null &
        server=$!
        read -r _
        kill -TERM $server 2>/dev/null
        waited=0
        while kill -0 $server 2>/dev/null && [ $waited -lt 150 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        kill -KILL $server $directory 2>/dev/null
        wait
        rm -rf "$HOME"
        """;

    private const string Settings = """
        log.console = false
        log.file.level = warning
        disk_free_limit.absolute = 50MB

        """;

    private const int LastCharacters = 2_000;
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _attempts = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly Process _shell;
    private readonly ConnectionFactory _factory;

    private RabbitServer(string folder, Process shell, int port)
    {
        _folder = folder;
        _shell = shell;
        _factory = new ConnectionFactory { HostName = IPAddress.Loopback.ToString(), Port = port, AutomaticRecoveryEnabled = false };
    }

    /// <summary>Gets the processor time of the server and all its processes so far.</summary>
    public TimeSpan Cpu => ProcessTree.CpuOf(_shell.Id);

    /// <summary>Gets what the server calls itself, with the version.</summary>
    public string Version { get; private set; } = "";

    /// <summary>Starts a server and waits until it serves.</summary>
    public static async Task<RabbitServer> StartAsync(string parent)
    {
        string folder = Path.Combine(Path.GetFullPath(parent), $"messaging-perf-rabbitmq-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        int[] ports = FreePorts(3);
        File.WriteAllText(Path.Combine(folder, "rabbitmq.conf"), $"listeners.tcp.1 = {IPAddress.Loopback}:{ports[0]}\n{Settings}");
        File.WriteAllText(Path.Combine(folder, "enabled_plugins"), "[].\n");
        File.WriteAllText(Path.Combine(folder, "environment.conf"), "");
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Shell]) { RedirectStandardInput = true, WorkingDirectory = folder };
        foreach ((string name, string value) in EnvironmentOf(folder, ports))
        {
            start.Environment[name] = value;
        }

        var server = new RabbitServer(folder, Process.Start(start)!, ports[0]);
        try
        {
            await server.WaitAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection.</summary>
    public Task<IConnection> ConnectAsync(CancellationToken cancellationToken) => _factory.CreateConnectionAsync(cancellationToken);

    /// <summary>Stops the server and deletes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var overdue = new CancellationTokenSource(_stopLimit);
        try
        {
            await _shell.WaitForExitAsync(overdue.Token);
        }
        catch (OperationCanceledException)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static Dictionary<string, string> EnvironmentOf(string folder, int[] ports) => new()
    {
        // The cookie by which nodes know each other lies in the home folder.
        ["HOME"] = folder,
        ["PERF_RABBITMQ_SERVER"] = RabbitInstallation.ServerScript,
        ["ERL_EPMD_PORT"] = $"{ports[1]}",
        ["ERL_EPMD_ADDRESS"] = IPAddress.Loopback.ToString(),
        ["RABBITMQ_NODENAME"] = $"messaging-perf-{Environment.ProcessId}@localhost",
        ["RABBITMQ_NODE_PORT"] = $"{ports[0]}",
        ["RABBITMQ_DIST_PORT"] = $"{ports[2]}",
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(folder, "advanced.config"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(folder, "environment.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
        ["RABBITMQ_PID_FILE"] = Path.Combine(folder, "server.pid"),

        // The script becomes the server instead of waiting for it, so that it gets the signal that ends it.
        ["RABBITMQ_ALLOW_INPUT"] = "1",
    };

    private static int[] FreePorts(int count)
    {
        List<TcpListener> listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        listeners.ForEach(static listener => listener.Start());
        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(static listener => listener.Dispose());
        return ports;
    }

    private async Task WaitAsync()
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using IConnection connection = await ConnectAsync(CancellationToken.None);
                IDictionary<string, object?> told = connection.ServerProperties ?? new Dictionary<string, object?>();
                Version = $"{Told(told, "product")} {Told(told, "version")}, {Told(told, "platform")}";
                return;
            }
            catch (BrokerUnreachableException e) when (Stopwatch.GetElapsedTime(started) > _startLimit)
            {
                throw new WrongResultException($"RabbitMQ did not start within {_startLimit.TotalSeconds:N0} s: {LastWords()}", e);
            }
            catch (BrokerUnreachableException)
            {
                await Task.Delay(_attempts);
            }
        }
    }

    private static string Told(IDictionary<string, object?> properties, string name) =>
        properties.TryGetValue(name, out object? value) && value is byte[] text ? System.Text.Encoding.UTF8.GetString(text) : "?";

    private string LastWords()
    {
        string file = Path.Combine(_folder, "server.out");
        string text = File.Exists(file) ? File.ReadAllText(file) : "it said nothing.";
        return text.Length > LastCharacters ? text[^LastCharacters..] : text;
    }
}
