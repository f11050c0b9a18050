using System.Globalization;

namespace Messaging.Testing.Faults.Judging;

/// <summary>Which of the occasions that match a rule it strikes.</summary>
internal sealed record FaultTrigger
{
    private enum Mode
    {
        Each,
        Nth,
        From,
        Every,
        Randomly,
    }

    private Mode _mode { get; init; }

    private int _number { get; init; }

    private double _rate { get; init; }

    public static FaultTrigger Each { get; } = new();

    /// <summary>Gets how often it strikes at most.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Gets a value indicating whether it is chance that decides, so that nobody can expect it to strike.</summary>
    public bool IsRandom => _mode == Mode.Randomly;

    public FaultTrigger Nth(int number) => With(Mode.Nth, number);

    public FaultTrigger From(int number) => With(Mode.From, number);

    public FaultTrigger Every(int number) => With(Mode.Every, number);

    public FaultTrigger Randomly(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rate, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 1);
        return this with { _mode = Mode.Randomly, _rate = rate };
    }

    /// <summary>Says whether it is time to strike. What could not strike when it was time does so at the next occasion.</summary>
    /// <param name="matched">How many occasions have matched, this one included.</param>
    /// <param name="hits">How often it has struck.</param>
    /// <param name="random">Decides where chance does.</param>
    public bool IsDue(long matched, long hits, Random random) => _mode switch
    {
        // Drawn whether or not it may strike, so that what comes after has the same chances.
        Mode.Randomly => random.NextDouble() < _rate && hits < Times,
        _ when hits >= Times => false,
        Mode.Nth => matched >= _number && hits == 0,
        Mode.From => matched >= _number,
        Mode.Every => matched / _number > hits,
        _ => true,
    };

    public override string ToString()
    {
        string when = _mode switch
        {
            Mode.Nth => $"the {Ordinal}",
            Mode.From => $"from the {Ordinal} on",
            Mode.Every => $"every {Ordinal}",
            Mode.Randomly => string.Create(CultureInfo.InvariantCulture, $"{_rate * 100:0.####} % of them"),
            _ => "each",
        };
        return Times switch
        {
            int.MaxValue => when,
            1 => $"{when}, at most once",
            _ => $"{when}, at most {Times} times",
        };
    }

    private string Ordinal => $"{_number}" + ((_number % 100) is 11 or 12 or 13 ? "th" : (_number % 10) switch
    {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    });

    private FaultTrigger With(Mode mode, int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        return this with { _mode = mode, _number = number };
    }
}
