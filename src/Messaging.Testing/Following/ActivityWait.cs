namespace Messaging.Testing.Following;

/// <summary>A wait of an activity that is under way; the default is none.</summary>
internal readonly struct ActivityWait(Activity activity) : IDisposable
{
    public void Dispose() => activity?.GoOn();
}
