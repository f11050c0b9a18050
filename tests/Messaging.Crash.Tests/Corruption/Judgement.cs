using Messaging.Sqlite;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>The comparison of what a damaged file gave with what it held, and with what was told of the damage.</summary>
internal sealed class Judgement
{
    private readonly Contents _held;
    private readonly Damage _damage;
    private readonly SqliteStoreOptions _options;
    private readonly Drained _drained;
    private readonly Holding[] _missing;
    private readonly Holding[] _extra;

    public Judgement(Contents held, Damage damage, SqliteStoreOptions options, Drained drained)
    {
        _held = held;
        _damage = damage;
        _options = options;
        _drained = drained;
        _missing = [.. held.Held.Except(drained.Seen)];
        _extra = [.. drained.Seen.Except(held.Held)];
    }

    public Verdict Verdict =>
        _drained.IsSilent && IsWhole ? Verdict.Whole : WasCutBack && _drained.IsSilent ? Verdict.CutBack : Verdict.Told;

    private bool IsWhole => _missing.Length == 0 && _extra.Length == 0;

    private bool WasCutBack => _damage.IsLikeAPowerCut && (_drained.IsSilent || Told("commits are lost")) && _held.StepsSince(_drained.Seen) >= 0;

    // A step is a few commits. Of the newest one nobody knows whether it was finished; a log that is cut off tells of nothing.
    private bool WasCutUntold => _damage.Kind is DamageKind.LogBit or DamageKind.LogBytes && _drained.IsSilent && _held.StepsSince(_drained.Seen) > 3;

    /// <summary>Finds what is wrong, and was not told.</summary>
    public IEnumerable<string> Contradictions()
    {
        foreach (string wrong in _drained.Wrong)
        {
            yield return wrong;
        }

        foreach (Holding phantom in _drained.Seen.Except(_held.Ever))
        {
            yield return $"{phantom} was never there";
        }

        if (WasCutBack)
        {
            if (WasCutUntold)
            {
                yield return $"{_held.StepsSince(_drained.Seen)} steps are undone, untold";
            }

            yield break;
        }

        if (_options.CheckOnOpen == SqliteStoreCheck.Full && _drained.IsSilent && !IsWhole)
        {
            yield return $"the full check found nothing, and {_missing.Length} are missing, {_extra.Length} too many";
        }

        if (_extra.Length > 0 && !Told("begin at their oldest", "write-ahead log"))
        {
            yield return $"{_extra.Length} that were settled are there again, untold: {Some(_extra)}";
        }

        foreach (IGrouping<string, Holding> missing in _missing.GroupBy(holding => holding.Subscription))
        {
            if (Untold(missing.Key, [.. missing]) is { } untold)
            {
                yield return untold;
            }
        }

        foreach ((string subscription, long damaged) in _drained.Damaged.Where(pair => pair.Value > 0))
        {
            long missing = _missing.LongCount(holding => holding.Subscription == subscription);
            if (_options.SkipDamaged && missing < damaged && _extra.Length == 0)
            {
                yield return $"{subscription} tells of {damaged} damaged messages, and {missing} are missing";
            }
        }
    }

    private string? Untold(string subscription, Holding[] missing)
    {
        long damaged = _drained.DamagedOf(subscription);
        if (Told("Batch ", "write-ahead log") || _drained.Refused.ContainsKey(subscription))
        {
            return null;
        }

        // Nothing but their rows says of which queue scheduled messages were.
        bool toldOfScheduled = Told("scheduled message") || _drained.Log.Lines.Any(line => line.Contains("scheduled message", StringComparison.Ordinal));
        int excused = toldOfScheduled ? missing.Count(holding => _held.Scheduled.Contains(holding.Message)) : 0;
        if (_options.SkipDamaged)
        {
            // A queue counts its scheduled ones among the damaged, a topic's subscriptions cannot know of them.
            return missing.Length - excused <= damaged && damaged <= missing.Length
                ? null
                : $"{missing.Length} of {subscription} are missing, and {damaged} are told of: {Some(missing)}";
        }

        return damaged > 0 || missing.Length == excused ? null : $"{missing.Length} of {subscription} are missing, untold: {Some(missing)}";
    }

    private bool Told(params string[] parts) =>
        _drained.Told.Any(damage => parts.Any(part => damage.Problem.Contains(part, StringComparison.Ordinal)));

    private static string Some(Holding[] holdings) =>
        string.Join(", ", holdings.Take(5).Select(holding => $"{holding.Subscription}{(holding.IsDead ? " dead" : "")} {holding.Message}"));
}
