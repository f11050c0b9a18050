using Messaging.Sqlite;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>One copy of a file, damaged, opened, drained and judged.</summary>
internal sealed class DamagedCase
{
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(20);

    private readonly TemplateFile _template;
    private readonly string _folder;
    private readonly SqliteStoreOptions _options;
    private readonly bool _opensTwice;
    private readonly List<string> _wrong = [];

    /// <param name="templates">The files to choose from.</param>
    /// <param name="seed">Chooses the file, the damage and the options.</param>
    /// <param name="root">Where to make the folder of the case, which is named after the seed and left there if the process dies.</param>
    public DamagedCase(IReadOnlyList<TemplateFile> templates, int seed, string root)
    {
        var random = new Random(seed);
        _template = templates[random.Next(templates.Count)];
        Damage = new Damage(_template, random);
        _options = new SqliteStoreOptions
        {
            AllowSharedDirectory = true,
            SkipDamaged = random.Next(2) == 0,
            CheckOnOpen = random.Next(10) switch { < 6 => SqliteStoreCheck.None, < 8 => SqliteStoreCheck.Quick, _ => SqliteStoreCheck.Full },
        };
        _opensTwice = random.Next(4) == 0;
        _folder = Path.Combine(root, $"case-{seed}");
    }

    public Damage Damage { get; }

    /// <summary>Gets what was done, and how the file was opened.</summary>
    public string Description =>
        $"{Damage.Description} ({(_template.Log is null ? "closed" : "with a log")}, {nameof(_options.SkipDamaged)}={_options.SkipDamaged}, {_options.CheckOnOpen} check)";

    public IReadOnlyList<string> Wrong => _wrong;

    private string File => Path.Combine(_folder, "broker.db");

    public async Task<Verdict> RunAsync()
    {
        Directory.CreateDirectory(_folder);
        Write(File, Damage.File);
        Write(File + "-wal", Damage.Log);
        Write(File + "-shm", Damage.Index);
        Write(File + "-lock", []);
        Verdict verdict = await JudgeAsync();
        if (_wrong.Count > 0)
        {
            return Verdict.Wrong;
        }

        Directory.Delete(_folder, recursive: true);
        return verdict;
    }

    private async Task<Verdict> JudgeAsync()
    {
        Drained? drained = await OpenAndDrainAsync(mayRefuse: true);
        if (drained is null)
        {
            return Verdict.Refused;
        }

        var judgement = new Judgement(_template.Contents, Damage, _options, drained);
        _wrong.AddRange(judgement.Contradictions());
        if (_wrong.Count > 0)
        {
            _wrong.Add($"told: {string.Join(" | ", [.. drained.Told.Select(damage => damage.Problem), .. drained.Refused.Values.Select(e => e.Message), .. drained.Log.Lines])}");
        }

        if (_opensTwice && _wrong.Count == 0 && await OpenAndDrainAsync(mayRefuse: !drained.IsSilent) is { } again)
        {
            // What could not be stored because of the damage was told; everything else that was acked is gone.
            _wrong.AddRange(again.Wrong);
            if (drained.Refused.Count == 0 && again.IsSilent)
            {
                _wrong.AddRange(again.Seen.Where(holding => !holding.IsDead && drained.Seen.Contains(holding)).Select(holding => $"{holding} came again after its ack"));
            }
        }

        return judgement.Verdict;
    }

    private async Task<Drained?> OpenAndDrainAsync(bool mayRefuse)
    {
        byte[]? before = ReadFile(File);
        try
        {
            // On a thread of its own: what hangs may hang before it first waits.
            return await Task.Run(() => Drained.RunAsync(new WatchedStore(new SqliteMessageStore(File, _options)))).WaitAsync(_hang);
        }
        catch (StoreException exception) when (mayRefuse)
        {
            JudgeRefusal(exception, before);
        }
        catch (TimeoutException)
        {
            _wrong.Add("it hung");
        }
#pragma warning disable CA1031 // Any other exception is what the test looks for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _wrong.Add($"it threw {exception.ToString().ReplaceLineEndings("")}");
        }

        return null;
    }

    private void JudgeRefusal(StoreException exception, byte[]? before)
    {
        if (!exception.Message.Contains(File, StringComparison.Ordinal))
        {
            _wrong.Add($"the refusal does not name the file: {exception.Message}");
        }

        if (exception is StoreFormatException && !(ReadFile(File) ?? []).AsSpan().SequenceEqual(before))
        {
            _wrong.Add($"the file was changed, although the refusal says that it was not: {exception.Message}");
        }

        if (Damage.Kind == DamageKind.BodyBit && _options.CheckOnOpen == SqliteStoreCheck.None)
        {
            _wrong.Add($"one damaged message closes the whole file: {exception}");
        }

        if (Damage.Kind == DamageKind.NoiseIndex || (Damage.IsLikeAPowerCut && exception is not StoreFormatException))
        {
            _wrong.Add($"it was refused without need: {exception}");
        }
    }

    private static void Write(string path, byte[]? bytes)
    {
        if (bytes is not null)
        {
            System.IO.File.WriteAllBytes(path, bytes);
        }
    }

    private static byte[]? ReadFile(string path) => System.IO.File.Exists(path) ? System.IO.File.ReadAllBytes(path) : null;
}
