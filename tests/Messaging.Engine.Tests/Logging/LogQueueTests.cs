using Messaging.Diagnostics;
using Messaging.Engine.Tests.Diagnostics;
using Messaging.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Engine.Tests.Logging;

public sealed class LogQueueTests
{
    private readonly HeldWork _work = new();

    [Fact]
    public void Log_SeveralEntries_AreWrittenInOrderByOnePieceOfWork()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);

        LogLines(queue, 1, 3);

        logger.Asked.Should().Be(0);
        logger.Lines.Should().BeEmpty();
        (_work.Count, _work.Entered).Should().Be((1, 1));
        _work.RunAll();
        logger.Lines.Should().Equal("7 Information: line 1", "7 Information: line 2", "7 Information: line 3");
        _work.Entered.Should().Be(0);
    }

    [Fact]
    public void IsEnabled_WhateverTheLoggerWants_AsksItOnlyWhenTheEntryIsWritten()
    {
        var logger = new ScriptedLogger { Least = LogLevel.Warning };
        var queue = new LogQueue(logger, _work);

        queue.IsEnabled(LogLevel.Trace).Should().BeTrue();
        queue.BeginScope("none").Should().BeNull();
        LogLines(queue, 1, 1);
        queue.Log(LogLevel.Warning, 8, "a warning", null, static (state, _) => state);
        logger.Asked.Should().Be(0);
        _work.RunAll();

        logger.Lines.Should().Equal("8 Warning: a warning");
    }

    [Fact]
    public void Log_WithoutALogger_DoesNothing()
    {
        var queue = new LogQueue(NullLogger.Instance, _work);

        queue.IsEnabled(LogLevel.Critical).Should().BeFalse();
        LogLines(queue, 1, 1);

        _work.Count.Should().Be(0);
    }

    [Fact]
    public void Log_MoreThanMayWait_DropsTheNewestAndSaysHowManyInTheirPlace()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);

        LogLines(queue, 1, LogQueue.Capacity + 5);
        _work.RunOne();
        LogLines(queue, 2_001, 1);
        _work.RunAll();

        logger.Lines.Should().HaveCount(LogQueue.Capacity + 2);
        logger.Lines[LogQueue.Capacity - 1].Should().EndWith($"line {LogQueue.Capacity}");
        logger.Lines[LogQueue.Capacity].Should().StartWith("35 Warning: 5 log lines were dropped here, since 1024 were waiting");
        logger.Lines[^1].Should().EndWith("line 2001");
    }

    [Fact]
    public void Log_MoreThanMayWaitAndNothingAfter_SaysHowManyInTheEnd()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);

        LogLines(queue, 1, LogQueue.Capacity + 1);
        _work.RunAll();

        logger.Lines[^1].Should().StartWith("35 Warning: 1 log lines were dropped here");
        _work.Entered.Should().Be(0);
    }

    [Fact]
    public void Write_MuchAtOnce_LetsOthersHaveTheirTurn()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);
        LogLines(queue, 1, 100);

        _work.RunOne();

        logger.Lines.Count.Should().Be(64);
        (_work.Count, _work.Entered).Should().Be((1, 1));
        _work.RunOne();
        logger.Lines.Count.Should().Be(100);
        (_work.Count, _work.Entered).Should().Be((0, 0));
    }

    [Fact]
    public void Logger_ThatThrows_LosesItsLinesAndSaysHowManyWhenItWorksAgain()
    {
        bool isBroken = true;
        int calls = 0;
        var logger = new ScriptedLogger((_, _) =>
        {
            calls++;
            if (isBroken)
            {
                throw new WordlessException();
            }
        });
        var queue = new LogQueue(logger, _work);
        LogLines(queue, 1, 2);
        _work.RunAll();
        (calls, logger.Lines.Count).Should().Be((2, 0));

        isBroken = false;
        LogLines(queue, 3, 2);
        _work.RunAll();

        logger.Lines.Should().HaveCount(3);
        logger.Lines[0].Should().EndWith("line 3");
        logger.Lines[1].Should().StartWith("36 Warning: 2 log lines before this one are lost");
        logger.Lines[2].Should().EndWith("line 4");
    }

    [Fact]
    public void Logger_ThatThrowsAtAnException_GetsItsWordsInstead()
    {
        List<Exception?> seen = [];
        var logger = new ScriptedLogger((_, exception) =>
        {
            seen.Add(exception);
            exception?.ToString().Should().NotBeNull();
        });
        var queue = new LogQueue(logger, _work);
        var hostile = new WordlessException();

        queue.Log(LogLevel.Error, 9, "it failed", hostile, static (state, _) => state);
        _work.RunAll();

        logger.Lines.Should().Equal("9 Error: it failed");
        seen.Should().HaveCount(2);
        seen[0].Should().BeSameAs(hostile);
        seen[1]!.ToString().Should().StartWith(typeof(WordlessException).FullName);
        seen[1]!.Message.Should().StartWith(typeof(WordlessException).FullName);
        seen[1]!.StackTrace.Should().BeNull();
    }

    [Fact]
    public void Logger_ThatLogsThroughTheQueue_IsWrittenAfterOthersHadTheirTurn()
    {
        LogQueue? queue = null;
        var logger = new ScriptedLogger((_, _) => LogLines(queue!, 9, 1));
        queue = new LogQueue(logger, _work);
        LogLines(queue, 1, 1);

        _work.RunOne();

        logger.Lines.Count.Should().Be(64);
        _work.Count.Should().Be(1);
    }

    [Fact]
    public void Logger_ThatReadsAndLeavesAmbientState_FindsNoneAndLeavesNone()
    {
        var ambient = new AsyncLocal<string?> { Value = "the test's" };
        List<string?> seen = [];
        var logger = new ScriptedLogger((_, _) =>
        {
            seen.Add(ambient.Value);
            ambient.Value = "the logger's";
        });
        var queue = new LogQueue(logger, _work);

        LogLines(queue, 1, 2);
        _work.RunAll();

        seen.Should().Equal(null, null);
        ambient.Value.Should().Be("the test's");
    }

    [Fact]
    public void WhenWritten_WithEntries_CompletesWithTheLastOne()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);
        queue.WhenWrittenAsync().IsCompleted.Should().BeTrue();
        LogLines(queue, 1, 65);
        Task written = queue.WhenWrittenAsync();

        _work.RunOne();
        written.IsCompleted.Should().BeFalse();
        _work.RunOne();

        written.IsCompleted.Should().BeTrue();
        queue.WhenWrittenAsync().IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void IsHere_WithinTheLogger_IsTrueThereOnly()
    {
        LogQueue? queue = null;
        bool within = false;
        queue = new LogQueue(new ScriptedLogger((_, _) => within = queue!.IsHere), _work);
        LogLines(queue, 1, 1);

        queue.IsHere.Should().BeFalse();
        _work.RunAll();

        within.Should().BeTrue();
        queue.IsHere.Should().BeFalse();
    }

    [Fact]
    public void Abandon_WithEntries_WritesNothingMore()
    {
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, _work);
        LogLines(queue, 1, 2);

        queue.Abandon();
        LogLines(queue, 3, 1);
        _work.RunAll();

        logger.Lines.Should().BeEmpty();
        _work.Entered.Should().Be(0);
    }

    [Fact]
    public async Task Log_FromManyThreads_WritesEachOnceAndEachThreadsInOrder()
    {
        var pool = new PooledWork();
        var logger = new ScriptedLogger();
        var queue = new LogQueue(logger, pool);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() => LogLines(queue, thread * 100, 100))));
        await queue.WhenWrittenAsync().WaitAsync(TimeSpan.FromSeconds(30));

        int[] numbers = [.. logger.Lines.Select(line => int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture))];
        numbers.Should().HaveCount(400).And.OnlyHaveUniqueItems();
        numbers.GroupBy(number => number / 100).Should().AllSatisfy(group => group.Should().BeInAscendingOrder());
        await pool.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static void LogLines(LogQueue queue, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            queue.Log(LogLevel.Information, 7, i, null, static (state, _) => $"line {state}");
        }
    }
}
