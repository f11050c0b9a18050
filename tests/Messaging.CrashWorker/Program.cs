using System.Globalization;
using Messaging;
using Messaging.CrashWorker;
using Messaging.CrashWorker.Workloads;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Messaging.CrashWorker <traffic|block|poison|hold> <file> [first number]");
    Console.Error.WriteLine("       Messaging.CrashWorker workload <file> <seed> <prefix> <Power|Process>");
    Console.Error.WriteLine("       Messaging.CrashWorker drain <file> <Power|Process>");
    return 2;
}

string path = args[1];
return args[0] switch
{
    "traffic" => await Traffic.RunAsync(path, int.Parse(args[2], CultureInfo.InvariantCulture)),
    "block" => await BlockedHandler.RunAsync(path),
    "poison" => await PoisonedHandler.RunAsync(path),
    "hold" => await Holder.RunAsync(path),
    "workload" => await Workload.RunAsync(path, int.Parse(args[2], CultureInfo.InvariantCulture), args[3], Enum.Parse<Durability>(args[4])),
    "drain" => await Draining.RunAsync(path, Enum.Parse<Durability>(args[2])),
    _ => 2,
};
