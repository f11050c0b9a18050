using System.Reflection;
using Messaging.Specification.Tests.Broker;
using Xunit.Sdk;
using Xunit.v3;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>Runs a theory once per configuration and way to fail.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryFailureAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. from store in Enum.GetValues<StoreKind>() from way in Enum.GetValues<FailureWay>() select new TheoryDataRow(store, way)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
