namespace Messaging.Engine.Tests.State;

/// <summary>What there is when a demand is served.</summary>
/// <param name="IsParked">Whether a consumer waits.</param>
/// <param name="Capacity">How many messages may be offered.</param>
/// <param name="Fresh">How many are new.</param>
/// <param name="Offered">How many are offered and not taken.</param>
/// <param name="Taken">How many were taken, which is not settled.</param>
/// <param name="Exceptions">How many exceptions the cursor has.</param>
internal readonly record struct SupplyStart(bool IsParked, int Capacity, int Fresh, int Offered, int Taken, int Exceptions)
{
    public int MaxExceptions => 1;
}
