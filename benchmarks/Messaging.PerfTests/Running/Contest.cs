using System.Diagnostics;
using System.Globalization;

namespace Messaging.PerfTests.Running;

/// <summary>Rounds of a base line and of the contenders that are held against it, always in turn: base, ours, base, ours.</summary>
internal sealed class Contest(string scenario, RunOptions options)
{
    // Where little goes on, the compiler's steps take longer: with half a second, a send was measured at four times its time.
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(3);

    /// <summary>Runs rounds of about the same time each.</summary>
    /// <param name="firstGuess">The messages of the first warm-up; the rounds' numbers follow from what it took.</param>
    /// <param name="baseline">The base line.</param>
    /// <param name="contenders">Who is compared with it.</param>
    public async Task<IReadOnlyList<Comparison>> RunAsync(long firstGuess, Contender baseline, params Contender[] contenders)
    {
        long baseMessages = await CalibrateAsync(baseline, firstGuess);
        var results = new List<Comparison>();
        foreach (Contender contender in options.Noise ? [Itself(baseline)] : contenders)
        {
            long messages = await CalibrateAsync(contender, firstGuess);
            results.Add(await CompareAsync(baseline, baseMessages, contender, messages));
        }

        return results;
    }

    /// <summary>Runs rounds of the same number of messages on both sides, after one that warms up.</summary>
    public async Task<Comparison> RunFixedAsync(long messages, Contender baseline, Contender contender)
    {
        contender = options.Noise ? Itself(baseline) : contender;
        await WarmUpAsync([baseline, contender], messages);
        return await CompareAsync(baseline, messages, contender, messages);
    }

    /// <summary>Runs rounds of about the same time each in which all have their turn: base, one, two, base, one, two.</summary>
    /// <param name="firstGuess">The messages of the first warm-up; the rounds' numbers follow from what it took.</param>
    /// <param name="baseline">The base line.</param>
    /// <param name="contenders">Who is compared with it and with one another.</param>
    public async Task<IReadOnlyList<Comparison>> RunInTurnAsync(long firstGuess, Contender baseline, params Contender[] contenders)
    {
        var sides = new List<(Contender, long)>();
        foreach (Contender side in new[] { baseline }.Concat(contenders))
        {
            sides.Add((side, await CalibrateAsync(side, firstGuess)));
        }

        return await TakeTurnsAsync(sides);
    }

    /// <summary>Runs rounds of the same number of messages on all sides, each in its turn, after one that warms up.</summary>
    public async Task<IReadOnlyList<Comparison>> RunFixedInTurnAsync(long messages, Contender baseline, params Contender[] contenders)
    {
        Contender[] sides = [baseline, .. contenders];
        await WarmUpAsync(sides, messages);
        return await TakeTurnsAsync([.. sides.Select(side => (side, messages))]);
    }

    /// <summary>Runs contenders that take one message at a time until their code is compiled at its best.</summary>
    private async Task WarmUpAsync(IReadOnlyList<Contender> sides, long messages)
    {
        foreach (Contender side in sides)
        {
            long started = Stopwatch.GetTimestamp();
            do
            {
                await GuardAsync(side, messages);
            }
            while (Stopwatch.GetElapsedTime(started) < _warmUp);
        }
    }

    private async Task<IReadOnlyList<Comparison>> TakeTurnsAsync(IReadOnlyList<(Contender Side, long Messages)> sides)
    {
        List<Measurement>[] rounds = [.. sides.Select(static _ => new List<Measurement>())];
        for (int round = 1; round <= options.Rounds; round++)
        {
            for (int i = 0; i < sides.Count; i++)
            {
                Measurement measured = await GuardAsync(sides[i].Side, sides[i].Messages);
                rounds[i].Add(measured);
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{scenario} {sides[i].Side.Name}, round {round}/{options.Rounds}: {measured.PerSecond:N0}/s, {measured.PerSecond / rounds[0][^1].PerSecond:0.0000} of the base line"));
            }
        }

        return [.. sides.Zip(rounds).Skip(1).Select(one => new Comparison(one.First.Side.Name, rounds[0], one.Second))];
    }

    private static Contender Itself(Contender baseline) => baseline with { Name = $"{baseline.Name}, against itself" };

    private async Task<Comparison> CompareAsync(Contender baseline, long baseMessages, Contender contender, long messages)
    {
        var theirs = new List<Measurement>();
        var ours = new List<Measurement>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            Measurement b = await GuardAsync(baseline, baseMessages);
            Measurement o = await GuardAsync(contender, messages);
            theirs.Add(b);
            ours.Add(o);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario} {contender.Name}, round {round}/{options.Rounds}: base {b.PerSecond:N0}/s, ours {o.PerSecond:N0}/s, ratio {o.PerSecond / b.PerSecond:0.000}"));
        }

        return new Comparison(contender.Name, theirs, ours);
    }

    /// <summary>Warms a contender up, twice because the code is compiled again once it is hot, and finds the number of messages that fills a round.</summary>
    private async Task<long> CalibrateAsync(Contender contender, long firstGuess)
    {
        long messages = firstGuess;
        for (int pass = 0; pass < 3; pass++)
        {
            Measurement warmup = await GuardAsync(contender, messages);
            messages = Math.Max(firstGuess, (long)(warmup.PerSecond * options.RoundTime.TotalSeconds));
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario} {contender.Name} is warm: {messages:N0} messages a round"));
        return messages;
    }

    private Task<Measurement> GuardAsync(Contender contender, long messages) =>
        HangGuard.RunAsync($"{scenario} {contender.Name}", options.HangLimit, ct => contender.RunAsync(messages, ct));
}
