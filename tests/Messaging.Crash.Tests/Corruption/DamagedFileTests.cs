using System.Collections.Concurrent;
using System.Diagnostics;
using Messaging.TestSupport;
using static System.FormattableString;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>A file that was damaged between two runs gives everything, or tells what is damaged and gives the rest: never anything wrong.</summary>
/// <remarks><c>MESSAGING_FLIPS=100000 MESSAGING_SEED=1</c> in the environment ask for more, with progress; the seed of a case that
/// failed, with one case, does it again.</remarks>
public sealed class DamagedFileTests(ITestOutputHelper output)
{
    private const int TemplateSeed = 1_101;
    private const int Said = 10_000;
    private const int MostTold = 10;

    [Fact]
    public async Task Open_OfADamagedFile_ServesOrTellsAndIsNeverWrong()
    {
        int cases = RunSize.Of("MESSAGING_FLIPS", quick: 100, change: 1_000);
        int seed = RunSize.Number("MESSAGING_SEED", 6_001);
        using var folder = new MemoryFolder();
        TemplateFile[] templates =
        [
            await TemplateFile.MakeAsync(folder.File("closed.db"), TemplateSeed, closed: true),
            await TemplateFile.MakeAsync(folder.File("open.db"), TemplateSeed + 1, closed: false),
        ];
        var verdicts = new ConcurrentDictionary<(DamageKind, Verdict), int>();
        var wrong = new ConcurrentQueue<string>();
        long began = Stopwatch.GetTimestamp();
        int done = 0;
        await Parallel.ForAsync(0, cases, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var one = new DamagedCase(templates, seed + i, folder.Path);
            Verdict verdict = await one.RunAsync();
            verdicts.AddOrUpdate((one.Damage.Kind, verdict), 1, (_, count) => count + 1);
            if (verdict == Verdict.Wrong)
            {
                wrong.Enqueue(Invariant($"MESSAGING_FLIPS=1 MESSAGING_SEED={seed + i}: {one.Description}: {string.Join("; ", one.Wrong)}"));
            }

            if (Interlocked.Increment(ref done) % Said == 0)
            {
                output.Say(Invariant($"{done} cases, {wrong.Count} wrong, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s"));
            }
        });

        output.Say(Invariant($"{cases} cases from seed {seed} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, files of {templates[0].File.Length} and {templates[1].File.Length} bytes, log of {templates[1].Log!.Length}"));
        foreach (IGrouping<DamageKind, KeyValuePair<(DamageKind Kind, Verdict Verdict), int>> kind in verdicts.GroupBy(pair => pair.Key.Item1).OrderBy(group => group.Key))
        {
            output.Say(Invariant($"{kind.Key}: {string.Join(", ", kind.OrderBy(pair => pair.Key.Verdict).Select(pair => $"{pair.Value} {pair.Key.Verdict}"))}"));
        }

        foreach (string one in wrong.Take(MostTold))
        {
            output.Say(one);
        }

        folder.Keep = !wrong.IsEmpty;
        wrong.Should().BeEmpty("the damaged files are in {0}", folder.Path);
    }
}
