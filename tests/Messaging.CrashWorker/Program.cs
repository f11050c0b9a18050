using Messaging.CrashWorker;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Messaging.CrashWorker <traffic|block|poison|hold> <file> [first number]");
    return 2;
}

string path = args[1];
return args[0] switch
{
    "traffic" => await Traffic.RunAsync(path, int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture)),
    "block" => await BlockedHandler.RunAsync(path),
    "poison" => await PoisonedHandler.RunAsync(path),
    "hold" => await Holder.RunAsync(path),
    _ => 2,
};
