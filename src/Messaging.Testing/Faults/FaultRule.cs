using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Faults;

/// <summary>One fault of a <see cref="FaultPlan"/>: what it waits for, and what it does then.</summary>
/// <remarks>It counts from its creation until it is disposed; its counts can be read after that too.</remarks>
public sealed class FaultRule : IDisposable
{
    private readonly Lock _gate;
    private readonly FaultSubject _subject;
    private readonly FaultTrigger _trigger;
    private readonly FaultEffect _effect;
    private readonly Random _random;

    // Guarded by the gate, which is the plan's.
    private long _seen;
    private long _matched;
    private long _hits;
    private bool _ended;

    internal FaultRule(Lock gate, FaultSubject subject, FaultTrigger trigger, FaultEffect effect, int seed)
    {
        _gate = gate;
        _subject = subject;
        _trigger = trigger;
        _effect = effect;
        _random = new Random(seed);
    }

    /// <summary>Gets how often it has struck.</summary>
    public long Hits
    {
        get
        {
            lock (_gate)
            {
                return _hits;
            }
        }
    }

    /// <summary>Gets a value indicating whether chance decides when it strikes, so that its not having struck means nothing.</summary>
    public bool IsRandom => _trigger.IsRandom;

    internal FaultKind Kind => _effect.Kind;

    internal bool IsUnhitLocked => _hits == 0 && !_trigger.IsRandom;

    internal bool HasEndedLocked => _ended;

    /// <summary>Ends the rule: it strikes no more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
        }
    }

    /// <summary>Returns the rule in words, such as <c>commit of 'orders', the 3rd: fails</c>.</summary>
    public override string ToString() => $"{_subject}, {_trigger}: {_effect}";

    /// <summary>Counts an occasion and says whether the rule would strike it.</summary>
    internal bool IsDueLocked(in FaultOccasion occasion)
    {
        if (_ended || !_subject.IsOfKind(occasion))
        {
            return false;
        }

        _seen++;
        if (!_subject.Matches(occasion))
        {
            return false;
        }

        _matched++;
        return _trigger.IsDue(_matched, _hits, _random);
    }

    internal FaultEffect StrikeLocked()
    {
        _hits++;
        return _effect.Draw(_random);
    }

    internal string TellSeenLocked() =>
        $"{_subject.Count(_seen)} seen" + (_subject.IsNarrow ? $", {_matched} of them matched" : "");

    internal string TellLocked() => $"{this} ({(_hits == 1 ? "1 hit" : $"{_hits} hits")}, {TellSeenLocked()})";
}
