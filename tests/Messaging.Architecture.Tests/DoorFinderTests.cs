using Messaging.Architecture.Tests.Doors;
using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

/// <summary>That the search for doors finds what it should, in sources made up for it.</summary>
public sealed class DoorFinderTests
{
    [Theory]
    [InlineData("_policy.DelayAfter(1, 2);", "RetryPolicy.DelayAfter")]
    [InlineData("int x = _policy.MaxFailures;", "RetryPolicy.MaxFailures")]
    [InlineData("_store.Write(1);", "IMessageStore.Write")]
    [InlineData("string s = _store.ToString();", "IMessageStore.ToString")]
    [InlineData("string s = $\"{_store}\";", "IMessageStore.ToString")]
    [InlineData("string s = \"a\" + _policy;", "RetryPolicy.ToString")]
    [InlineData("bool same = _options == _other;", "RetryPolicy.Equals")]
    [InlineData("long now = _time.GetTimestamp();", "TimeProvider.GetTimestamp")]
    [InlineData("_timer.Change(default, default);", "ITimer.Change")]
    [InlineData("_stop.Cancel();", "CancellationTokenSource.Cancel")]
    [InlineData("_done.SetResult();", "awaiting caller")]
    [InlineData("try { } catch (Exception e) { string s = e.Message; }", "Exception.Message")]
    [InlineData("try { } catch (Exception e) { string s = $\"{e}\"; }", "Exception.ToString")]
    [InlineData("Logs.Failed(_logger, 1);", "ILogger.Log")]
    [InlineData("_handler(1);", "IWork.Start(handler)")]
    [InlineData("_handler?.Invoke(1);", "IWork.Start(handler)")]
    [InlineData("int[] x = [.. new[] { 1 }.Where(_where)];", "IWork.Find(where)")]
    [InlineData("foreach (int x in _items) { }", "IWork.Send(items)")]
    [InlineData("int n = _items.Count;", "IWork.Send(items)")]
    [InlineData("int[] x = [.. _items];", "IWork.Send(items)")]
    [InlineData("int x = _items.First();", "IWork.Send(items)")]
    [InlineData("string s = _any.ToString();", "object.ToString in Work.M")]
    [InlineData("_unset();", "a delegate of unknown origin, _unset")]
    public void Seed_CallOfWhatAUserSupplies_IsFound(string statement, string name) =>
        NamesIn(statement).Should().Equal(name);

    [Theory]
    [InlineData("_own();")]
    [InlineData("_ownList.ForEach(x => { });")]
    [InlineData("foreach (int x in _ownItems) { }")]
    [InlineData("_sealed.DelayAfter(1, 2);")]
    [InlineData("_internal.Run();")]
    [InlineData("Logs.Failed(_ownLogger, 1);")]
    [InlineData("string s = $\"{1}{\"a\"}\";")]
    [InlineData("ArgumentNullException.ThrowIfNull(_handler);")]
    public void Seed_CallOfOurOwn_IsNotFound(string statement) => NamesIn(statement).Should().BeEmpty();

    [Fact]
    public void Seed_DelegateThroughALambdaAndAField_IsFoundWhereItIsCalled()
    {
        IReadOnlyList<DoorCall> calls = Parts("", "void N() => Later(() => _handler(1)); void Later(Action action) { _own = action; action(); }").Calls;

        calls.Should().ContainSingle(call => call.Name == "IWork.Start(handler)").Which.Caller.Symbol.MethodKind
            .Should().Be(Microsoft.CodeAnalysis.MethodKind.AnonymousFunction);
    }

    [Theory]
    [InlineData("lock (_gate) { _policy.DelayAfter(1, 2); }", "RetryPolicy.DelayAfter")]
    [InlineData("lock (_gate) { Inner(); }", "Inner → Work.Innermost")]
    [InlineData("lock (_gate) { _internal.Run(); }", "Work.M → Runner.Run")]
    [InlineData("lock (_gate) { if (RetryDecision.IsOurs(_policy)) { } else { Inner(); } }", "Work.Inner")]
    [InlineData("lock (_gate) { if (!RetryDecision.IsOurs(_policy)) { Inner(); } }", "Work.Inner")]
    [InlineData("lock (_gate) { if (!RetryDecision.IsOurs(_policy)) { Count(); } Inner(); }", "Work.Inner")]
    [InlineData("lock (_gate) { _callsInner(); }", "Work.Inner")]
    [InlineData("lock (_gate) { Quietly(() => Innermost()); }", "a lambda → Work.Innermost")]
    [InlineData("lock (_gate) { Quietly(Innermost); }", "Work.Innermost")]
    [InlineData("lock (_gate) { _ownList.ForEach(x => Innermost()); }", "a lambda → Work.Innermost")]
    public void Seed_DoorReachedUnderALock_IsCaught(string statement, string way)
    {
        (Code code, DoorReach reach, _) = Parts(statement);

        DoorThreadRule.CheckLocks(code, reach, []).Should().ContainSingle().Which.Should().Contain(way);
    }

    [Theory]
    [InlineData("lock (_gate) { } Inner();")]
    [InlineData("lock (_gate) { ThreadPool.QueueUserWorkItem(_ => Innermost()); }")]
    [InlineData("lock (_gate) { _own = () => Innermost(); }")]
    [InlineData("lock (_gate) { if (RetryDecision.IsOurs(_policy)) { Inner(); } }")]
    [InlineData("lock (_gate) { if (!RetryDecision.IsOurs(_policy)) { return; } Inner(); }")]
    [InlineData("lock (_gate) { if (!RetryDecision.IsOurs(_policy)) { } else { Inner(); } }")]
    [InlineData("lock (_gate) { Quietly(() => { }); } Quietly(Innermost);")]
    public void Seed_DoorReachedOutsideOfTheLock_IsAllowed(string statement)
    {
        (Code code, DoorReach reach, _) = Parts(statement);

        Expect.Nothing(DoorThreadRule.CheckLocks(code, reach, []));
    }

    [Theory]
    [InlineData("Inner();", 1)]
    [InlineData("_callsInner();", 1)]
    [InlineData("ThreadPool.QueueUserWorkItem(_ => Innermost());", 0)]
    public void Seed_DoorReachedFromAThread_IsCaughtUnlessItRunsElsewhere(string statement, int found)
    {
        (Code code, DoorReach reach, _) = Parts(statement);

        DoorThreadRule.CheckThreads(code, reach, [], ["Work.M"]).Should().HaveCount(found);
    }

    [Theory]
    [InlineData("var a = new TaskCompletionSource<int>();", 1)]
    [InlineData("TaskCompletionSource a = new();", 1)]
    [InlineData("var a = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);", 0)]
    [InlineData("ManualResetValueTaskSourceCore<int> a = new() { RunContinuationsAsynchronously = true };", 0)]
    public void Seed_SourceThatRunsContinuations_IsCaught(string statement, int found) =>
        ContinuationRule.Check([new("src/P/Work.cs", $"class Work {{ void M() {{ {statement} }} }}")]).Should().HaveCount(found);

    [Fact]
    public void Tree_SourcesOfTasks_RunContinuationsAsynchronously() =>
        Expect.Nothing(ContinuationRule.Check(Repository.Sources("src/Messaging.Engine", "src/Messaging.Sqlite", "src/Messaging")));

    private static IEnumerable<string> NamesIn(string statement) =>
        Parts(statement).Calls.Where(call => call.Caller.Symbol.Name == "M").Select(call => call.Name).Distinct();

    private static (Code Code, DoorReach Reach, IReadOnlyList<DoorCall> Calls) Parts(string statement, string members = "")
    {
        var meaning = new Meaning([new SourceFile("src/Messaging.Engine/Work.cs", Seed(statement, members))]);
        meaning.Compilation.GetDiagnostics().Where(problem => problem.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).Should().BeEmpty();
        var code = new Code(meaning);
        var flow = new ValueFlow(code);
        var finder = new DoorFinder(flow);
        return (code, new DoorReach(code, flow, finder), [.. code.Functions.SelectMany(finder.In)]);
    }

    private static string Seed(string statement, string members) => $$"""
        using Microsoft.Extensions.Logging;
        public abstract class RetryPolicy { public abstract int MaxFailures { get; } public abstract int DelayAfter(int failures, ulong seed); }
        public sealed class OwnPolicy : RetryPolicy { public override int MaxFailures => 1; public override int DelayAfter(int failures, ulong seed) => 1; }
        public interface IMessageStore { void Write(int number); }
        public record Options { public RetryPolicy Retry { get; init; } }
        public interface IWork
        {
            void Start(Action<int> handler);
            void Find(Func<int, bool> where);
            void Send(IReadOnlyCollection<int> items);
        }
        static class RetryDecision { public static bool IsOurs(RetryPolicy policy) => policy is OwnPolicy; }
        abstract class Runnable { public abstract void Run(); }
        sealed class Runner(RetryPolicy policy) : Runnable { public override void Run() => policy.DelayAfter(1, 2); }
        static partial class Logs
        {
            [LoggerMessage(1, LogLevel.Error, "failed {Count}")]
            public static partial void Failed(ILogger logger, int count);
            public static partial void Failed(ILogger logger, int count) { }
        }
        sealed class OwnLog : ILogger
        {
            public IDisposable BeginScope<TState>(TState state) => null;
            public bool IsEnabled(LogLevel level) => true;
            public void Log<TState>(LogLevel level, EventId id, TState state, Exception exception, Func<TState, Exception, string> formatter) { }
        }
        sealed class Work : IWork
        {
            readonly object _gate = new();
            RetryPolicy _policy = null;
            OwnPolicy _sealed = null;
            IMessageStore _store = null;
            Options _options = null, _other = null;
            TimeProvider _time = null;
            ITimer _timer = null;
            ILogger _logger = null, _ownLogger = new OwnLog();
            CancellationTokenSource _stop = null;
            TaskCompletionSource _done = null;
            Action<int> _handler;
            Func<int, bool> _where;
            Action _own = () => { }, _unset = null, _callsInner;
            IReadOnlyCollection<int> _items;
            IReadOnlyCollection<int> _ownItems = new List<int>();
            List<int> _ownList = [];
            Runnable _internal = null;
            object _any = null;
            public Work() => _callsInner = Inner;
            public void Start(Action<int> handler) => _handler = handler;
            public void Find(Func<int, bool> where) => _where = where;
            public void Send(IReadOnlyCollection<int> items) => _items = items;
            void M() { {{statement}} }
            void Inner() => Innermost();
            static void Quietly(Action action) => action();
            static void Count() { }
            void Innermost() => _policy.DelayAfter(1, 2);
            {{members}}
        }
        """;
}
