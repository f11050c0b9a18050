namespace Messaging.Architecture.Tests.Doors;

/// <summary>A way from the library into code that is not ours.</summary>
internal sealed record Door
{
    /// <summary>How the table calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The names of the calls that go through it, as <see cref="DoorFinder"/> gives them.</summary>
    public required string[] Calls { get; init; }

    /// <summary>The threads that it is called on.</summary>
    public required string CalledOn { get; init; }

    /// <summary>What holds afterwards, whatever the code behind it does.</summary>
    public required string Holds { get; init; }

    /// <summary>The class that drives it.</summary>
    public required string TestClass { get; init; }

    /// <summary>The methods of that class, or of another one if its name stands before a dot.</summary>
    public required Dictionary<Behaviour, string> Tests { get; init; }

    /// <summary>Why a behaviour needs no test here.</summary>
    public Dictionary<Behaviour, string> NotTested { get; init; } = [];

    /// <summary>Why it may be called under a lock; <see langword="null"/> where it may not.</summary>
    public string? UnderALock { get; init; }

    /// <summary>Why it may be called on the writer's and the timer's thread; <see langword="null"/> where it may not.</summary>
    public string? OnEngineThreads { get; init; }

    /// <summary>Gets the name of a test with its class.</summary>
    public string FullName(string test) => test.Contains('.', StringComparison.Ordinal) ? test : $"{TestClass}.{test}";
}
