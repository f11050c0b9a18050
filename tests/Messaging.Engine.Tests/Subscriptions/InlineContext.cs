using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Subscriptions;

/// <summary>A context in which what is registered with a token runs within its cancellation.</summary>
internal sealed class InlineContext : WorkContext
{
    public override void Reached(string crashPoint)
    {
    }
}
