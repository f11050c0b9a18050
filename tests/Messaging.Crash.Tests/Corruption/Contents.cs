namespace Messaging.Crash.Tests.Corruption;

/// <summary>What a broker's file must hold: kept by the workload that fills it, step by step.</summary>
internal sealed class Contents
{
    private readonly HashSet<Holding> _held = [];
    private readonly HashSet<string> _scheduled = [];
    private readonly Dictionary<ulong, int> _steps = [];
    private ulong _hash;

    public IReadOnlySet<Holding> Held => _held;

    /// <summary>Gets the messages that wait for their time.</summary>
    public IReadOnlySet<string> Scheduled => _scheduled;

    /// <summary>Gets everything that was ever held, and so is no phantom.</summary>
    public HashSet<Holding> Ever { get; } = [];

    /// <summary>Gets the number of states that <see cref="Record"/> has noted.</summary>
    public int Steps => _steps.Count;

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
    public void Record() => _steps.TryAdd(_hash, _steps.Count);

    /// <summary>Forgets the states noted so far.</summary>
    public void ForgetSteps() => _steps.Clear();

    /// <summary>Tells whether there was a moment since the file was last written at which just this was held.</summary>
    public bool WasOnce(IEnumerable<Holding> holdings) => _steps.ContainsKey(Holding.HashOf(holdings));
}
