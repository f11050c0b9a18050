namespace Messaging.Specification.Tests.Broker;

/// <summary>The configurations that every line of the contract is tested on.</summary>
public enum StoreKind
{
    /// <summary>A broker without a store: bodies by reference, nothing survives it.</summary>
    Memory,

    /// <summary>A broker on the reference store, which outlives it.</summary>
    InMemoryStore,

    /// <summary>A broker on a file.</summary>
    Sqlite,

    /// <summary>A broker on a store as somebody else would write it; its file is in memory, since it is written whole with each commit.</summary>
    JsonFile,
}
