namespace Messaging.Testing.Faults;

/// <summary>What faults do to one call of a store, all together.</summary>
/// <param name="Delay">How long it waits before it begins.</param>
/// <param name="End">How it ends, if not as it would by itself.</param>
/// <param name="Cause">The rule that ends it, in words.</param>
/// <param name="IsSkipped">Whether the store is not called.</param>
/// <param name="IsDoneTwice">Whether it is called a second time after the first has succeeded.</param>
internal readonly record struct FaultVerdict(TimeSpan Delay, FaultKind? End, string Cause, bool IsSkipped, bool IsDoneTwice);
