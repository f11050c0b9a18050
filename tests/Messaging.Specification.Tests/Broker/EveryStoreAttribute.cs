using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Runs a theory once per configuration.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryStoreAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<StoreKind>().Select(store => new TheoryDataRow(store))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
