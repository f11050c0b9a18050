namespace Messaging.PerfTests.Running;

/// <summary>The bytes on the managed heap that something still refers to.</summary>
internal static class HeldBytes
{
    public static long Read()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
