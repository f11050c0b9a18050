namespace Messaging.PerfTests.Running;

/// <summary>What the command line asks for.</summary>
internal sealed record RunOptions
{
    public const string Usage = """
        usage: dotnet run -c Release --project benchmarks/Messaging.PerfTests [-- [SCENARIO ...] [options]]
          SCENARIO       S1 S2 S3 S4 D1 D2 D3 D4 D5 D6 D7 D8 M1 M2 M3 M4 M5 P1 P2; none means all
          --quick        shorter rounds and a tenth of the messages, for CI
          --check        end with code 2 if a result is below half of its target, with 3 if it is and other processes took a quarter of the processors
          --noise        hold the base lines against themselves: how far from 1 a ratio is by chance
          --json FILE    write the results for machines too
          --results DIR  write the charts of costs against size (M1 to M5), each as a drawing and as a table
          --folder DIR   where the durable scenarios put their files (default: the temporary folder)
        """;

    public IReadOnlyList<string> Scenarios { get; init; } = [];

    public bool Help { get; init; }

    public bool Quick { get; init; }

    public bool Check { get; init; }

    public bool Noise { get; init; }

    public string? JsonFile { get; init; }

    public string? ResultsFolder { get; init; }

    public string Folder { get; init; } = Path.GetTempPath();

    /// <summary>How many rounds the median is of. The raw channel is so unsteady that few rounds would make an unsteady guard.</summary>
    public int Rounds => 7;

    /// <summary>How long one measurement should take; the number of messages is calibrated to it.</summary>
    public TimeSpan RoundTime => TimeSpan.FromMilliseconds(Quick ? 200 : 800);

    /// <summary>The time after which a single measurement counts as hung.</summary>
    public TimeSpan HangLimit => TimeSpan.FromSeconds(60);

    /// <summary>The time after which a step over millions of messages counts as hung.</summary>
    public TimeSpan LongHangLimit => TimeSpan.FromMinutes(10);

    public static RunOptions Parse(string[] args, IReadOnlyCollection<string> known)
    {
        var scenarios = new List<string>();
        var options = new RunOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string arg = args[i];
            options = arg switch
            {
                "--help" or "-h" => options with { Help = true },
                "--quick" => options with { Quick = true },
                "--check" => options with { Check = true },
                "--noise" => options with { Noise = true },
                "--json" => options with { JsonFile = Value(args, ref i) },
                "--results" => options with { ResultsFolder = Value(args, ref i) },
                "--folder" => options with { Folder = Value(args, ref i) },
                _ when arg.StartsWith('-') => throw new FormatException($"The option '{arg}' is not known."),
                _ => options,
            };
            if (!arg.StartsWith('-') && args[i] == arg)
            {
                scenarios.Add(known.FirstOrDefault(id => id.Equals(arg, StringComparison.OrdinalIgnoreCase))
                    ?? throw new FormatException($"The scenario '{arg}' is not known; there are {string.Join(", ", known)}."));
            }
        }

        return options with { Scenarios = scenarios };
    }

    public bool Includes(string id) => Scenarios.Count == 0 || Scenarios.Contains(id);

    private static string Value(string[] args, ref int index) =>
        ++index < args.Length ? args[index] : throw new FormatException($"The option '{args[index - 1]}' needs a value.");
}
