using Messaging.Diagnostics;

namespace Messaging.Writing;

/// <summary>What wakes the writer up: its thread sleeps until then, or, where everything runs in one place, its work is queued.</summary>
/// <param name="work">Where work runs.</param>
/// <param name="runHere">The writer's work where there is no thread.</param>
/// <param name="lazyWait">How long work that nobody waits for may wait; <see langword="null"/> for not at all.</param>
internal sealed class WriterWake(WorkQueue work, Action runHere, TimeSpan? lazyWait)
{
    /// <summary>Some tens of microseconds: a sender that has just been told is back before they are over, and waking a thread up costs more.</summary>
    private const int SpinsBeforeSleep = 120;

    private readonly ManualResetEventSlim _event = new(false, SpinsBeforeSleep);

    /// <summary>Gets or sets a value indicating whether the thread waits for any work. Guarded by the writer's lock.</summary>
    public bool Sleeps { get; set; }

    /// <summary>Gets or sets a value indicating whether the work that runs here goes on; otherwise the next call that wakes the writer starts it once more. Guarded
    /// by the writer's lock.</summary>
    public bool IsAtWork { get; set; }

    /// <summary>Gets a value indicating whether everything runs in one place, and there is no thread.</summary>
    public bool IsHere { get; } = work.IsSerial;

    /// <summary>Gets how long work that nobody waits for may wait; <see langword="null"/> for not at all.</summary>
    public TimeSpan? LazyWait => lazyWait;

    /// <summary>Gets a value indicating whether work that nobody waits for must wake the writer up: it does not wait for company anyway. Asked under the writer's lock.</summary>
    public bool IsDueForLazyWork => Sleeps || lazyWait is null;

    /// <summary>Wakes the writer up. Called under its lock.</summary>
    public void Wake()
    {
        if (!IsHere)
        {
            _event.Set();
        }
        else if (!IsAtWork)
        {
            IsAtWork = true;
            work.Run(runHere);
        }
    }

    /// <summary>Forgets that the thread sleeps, and that it was woken. Called under the writer's lock before the thread looks for work: what is added
    /// after the look wakes it again.</summary>
    public void Reset()
    {
        Sleeps = false;
        _event.Reset();
    }

    /// <summary>Waits until it is woken.</summary>
    public void Wait() => _event.Wait();

    /// <summary>Waits until it is woken, or for some time.</summary>
    /// <returns>Whether it was woken.</returns>
    public bool Wait(TimeSpan limit) => _event.Wait(limit);
}
