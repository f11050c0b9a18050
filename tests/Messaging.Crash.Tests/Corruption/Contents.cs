namespace Messaging.Crash.Tests.Corruption;

/// <summary>What a broker's file must hold: kept by the workload that fills it, step by step.</summary>
internal sealed class Contents
{
    private readonly HashSet<Holding> _held = [];
    private readonly HashSet<string> _scheduled = [];
    private readonly Dictionary<ulong, int> _steps = [];
    private ulong _hash;
    private int _noted;

    public IReadOnlySet<Holding> Held => _held;

    /// <summary>Gets the messages that wait for their time.</summary>
    public IReadOnlySet<string> Scheduled => _scheduled;

    /// <summary>Gets everything that was ever held, and so is no phantom.</summary>
    public HashSet<Holding> Ever { get; } = [];

    public void Add(Holding holding)
    {
        Ever.Add(holding);
        if (_held.Add(holding))
        {
            _hash ^= holding.Hash();
        }
    }

    public void Remove(Holding holding)
    {
        if (_held.Remove(holding))
        {
            _hash ^= holding.Hash();
        }
    }

    public void NoteScheduled(string message) => _scheduled.Add(message);

    /// <summary>Notes the present state as one that a log that was cut off may lead back to.</summary>
    public void Record()
    {
        // A state that comes again is the later one.
        _steps.Remove(_hash);
        _steps.Add(_hash, _noted++);
    }

    /// <summary>Forgets the states noted so far.</summary>
    public void ForgetSteps() => _steps.Clear();

    /// <summary>Gets the moment since the file was last written at which just this was held, counted back from the end; -1 for none.</summary>
    public int StepsSince(IEnumerable<Holding> holdings) =>
        _steps.TryGetValue(Holding.HashOf(holdings), out int step) ? _noted - 1 - step : -1;
}
