using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A dead-letter queue whose calls are followed.</summary>
internal sealed class TestedDeadLetterQueue(BrokerSession session, IDeadLetterQueue inner) : IDeadLetterQueue
{
    public long Count => inner.Count;

    public async IAsyncEnumerable<DeadLetter> PeekAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IAsyncEnumerator<DeadLetter> letters = inner.PeekAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (letters.ConfigureAwait(WorkContext.IsCurrent))
        {
            while (await session.CallAsync(letters.MoveNextAsync).ConfigureAwait(WorkContext.IsCurrent))
            {
                yield return letters.Current;
            }
        }
    }

    public ValueTask<long> RedriveAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        session.CallAsync(() => inner.RedriveAsync(where, cancellationToken));

    public ValueTask<long> PurgeAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        session.CallAsync(() => inner.PurgeAsync(where, cancellationToken));
}
