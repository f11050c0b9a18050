using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A subscription to topics whose handlers and loops are followed.</summary>
internal sealed class TestedTopicSubscription(BrokerSession session, ISubscription inner) : TestedSubscription(session, inner);
