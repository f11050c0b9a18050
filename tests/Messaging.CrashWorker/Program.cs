using System.Diagnostics;
using System.Globalization;
using Messaging;
using Messaging.CrashWorker;
using Messaging.CrashWorker.Faults;
using Messaging.CrashWorker.PowerLoss;
using Messaging.CrashWorker.Workloads;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Messaging.CrashWorker <traffic|block|poison|hold> <file> [first number]");
    Console.Error.WriteLine("       Messaging.CrashWorker settle <file> <rejected|failed|full>");
    Console.Error.WriteLine("       Messaging.CrashWorker workload <file> <seed> <prefix> <Power|Process>");
    Console.Error.WriteLine("       Messaging.CrashWorker record <file> <seed> <prefix> <Power|Process> <events> <close|die>");
    Console.Error.WriteLine("       Messaging.CrashWorker drain <file> <Power|Process> <seconds>");
    Console.Error.WriteLine("       Messaging.CrashWorker churn <file> <seed> <operations>");
    Console.Error.WriteLine("       Messaging.CrashWorker faults <folder>");
    Console.Error.WriteLine("       Messaging.CrashWorker steady <order|retry|lease|return|refuse|idle|ranges|repeat|dead|doubt>");
    return 2;
}

if (Environment.GetEnvironmentVariable("MESSAGING_SEEDED_BUG") is { Length: > 0 })
{
    // The checkers are to see the mistake: the engine's own assertions would end the process first.
    Trace.Listeners.Clear();
}

string path = args[1];
return args[0] switch
{
    "traffic" => await Traffic.RunAsync(path, int.Parse(args[2], CultureInfo.InvariantCulture)),
    "block" => await BlockedHandler.RunAsync(path),
    "poison" => await PoisonedHandler.RunAsync(path),
    "settle" => await SettledOnce.RunAsync(path, args[2]),
    "hold" => await Holder.RunAsync(path),
    "workload" => await Workload.RunAsync(path, int.Parse(args[2], CultureInfo.InvariantCulture), args[3], Enum.Parse<Durability>(args[4])),
    "record" => await RecordedLife.RunAsync(
        path, int.Parse(args[2], CultureInfo.InvariantCulture), args[3], Enum.Parse<Durability>(args[4]), int.Parse(args[5], CultureInfo.InvariantCulture), args[6] == "die"),
    "drain" => await Draining.RunAsync(path, Enum.Parse<Durability>(args[2]), int.Parse(args[3], CultureInfo.InvariantCulture)),
    "churn" => await Churn.RunAsync(path, int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture)),
    "faults" => await FaultRun.RunAsync(path),
    "steady" => await Steady.RunAsync(args[1]),
    _ => 2,
};
