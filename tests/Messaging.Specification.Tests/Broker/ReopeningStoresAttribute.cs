using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Runs a theory once per configuration whose messages survive the broker.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReopeningStoresAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow(StoreKind.InMemoryStore), new TheoryDataRow(StoreKind.Sqlite), new TheoryDataRow(StoreKind.JsonFile)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
