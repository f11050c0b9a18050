namespace Messaging.CrashWorker;

/// <summary>Keeps a file open: <c>OPEN</c> tells that it has, and it ends in good order when its input does.</summary>
internal static class Holder
{
    public static async Task<int> RunAsync(string path)
    {
        try
        {
            await using MessageBroker broker = await MessageBroker.OpenAsync(path);
            Report.Line("OPEN");
            await Console.In.ReadToEndAsync();
            return 0;
        }
        catch (StoreInUseException)
        {
            Report.Line("IN USE");
            return 3;
        }
    }
}
