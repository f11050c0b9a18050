using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class LockTests
{
    [Fact]
    public void Tree_UnderALock_NothingForeignRuns() => Expect.Nothing(LockRule.Check(new Meaning(Repository.Sources("src"))));

    [Theory]
    [InlineData("lock (_a)\n{ lock (_b) { } }", "second lock")]
    [InlineData("using (_a.EnterScope())\n{ lock (_b) { } }", "second lock")]
    [InlineData("lock (_a)\n{ _callback(); }", "delegate")]
    [InlineData("lock (_a)\n{ _callback?.Invoke(); }", "delegate")]
    [InlineData("lock (_a)\n{ _stop.Cancel(); }", "runs callbacks")]
    [InlineData("lock (_a)\n{ _serializer.Write(); }", "the serializer")]
    [InlineData("lock (_a)\n{ Inner(); }", "calls Innermost, which takes a lock")]
    [InlineData("lock (_a)\n{ int x = Count; }", "takes a lock")]
    [InlineData("lock (_a)\n{ Log(_logger); }", "the logger")]
    [InlineData("\nMonitor.Enter(_b);", "Monitor.Enter")]
    [InlineData("\n_b.Enter();", "Lock.Enter")]
    [InlineData("\nvar s = _b.EnterScope();", "Lock.EnterScope")]
    [InlineData("using (EnterStep())\n{ lock (_b) { } }", "second lock")]
    [InlineData("using (var a = Decide())\n{ lock (_b) { } }", "second lock")]
    [InlineData("using var a = Decide();\nlock (_b) { }", "second lock")]
    [InlineData("using var a = this.Decide();\n_callback();", "delegate")]
    [InlineData("lock (_a)\n{ Deciding(); }", "takes a lock")]
    public void Seed_ForeignCodeUnderALock_IsCaught(string statement, string word) => Expect.Violation(
        LockRule.Check(new Meaning([Seed($"void M()\n{{ {statement}\n}}")])), "src/Messaging.Engine/Leases/Door.cs:3", word);

    [Fact]
    public void Seed_AwaitUnderALock_IsCaught() => Expect.Violation(
        LockRule.Check(new Meaning([Seed("async Task M()\n{ using (_a.EnterScope())\n{ await Task.Yield(); } }")])),
        "src/Messaging.Engine/Leases/Door.cs:3",
        "await");

    [Theory]
    [InlineData("lock (_a) { } lock (_b) { }")]
    [InlineData("lock (_a) { _later = () => { lock (_b) { } }; }")]
    [InlineData("using (var a = Decide()) { Pure(); } _callback();")]
    [InlineData("_callback(); using var a = Decide(); Pure();")]
    [InlineData("lock (_a) { Pure(); } _callback(); _stop.Cancel(); Inner();")]
    public void Seed_ForeignCodeOutsideALock_IsAllowed(string statement) =>
        Expect.Nothing(LockRule.Check(new Meaning([Seed($"void M() {{ {statement} }}")])));

    private static SourceFile Seed(string method) => new("src/Messaging.Engine/Leases/Door.cs", $$"""
        sealed class Door { {{method}}
            readonly Lock _a = new(), _b = new();
            Action _callback, _later;
            CancellationTokenSource _stop;
            IMessageSerializer _serializer;
            Microsoft.Extensions.Logging.ILogger _logger;
            int Count { get { lock (_b) { return 1; } } }
            void Inner() => Innermost();
            void Innermost() { lock (_b) { } }
            int Pure() => 1;
            After Decide() => new After();
            Lock.Scope EnterStep() => _a.EnterScope();
            void Deciding() { using var a = Decide(); }
            ref struct After { public void Dispose() { lock (new Lock()) { } } }
            static void Log(Microsoft.Extensions.Logging.ILogger logger) { }
            interface IMessageSerializer { void Write(); }
        }
        """);
}
