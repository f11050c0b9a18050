using Messaging.Diagnostics;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>A client that sends once more what an earlier life has sent under an id, whatever became of it.</summary>
internal sealed class RepeatingClient(Life life, (string Name, IProducer<string> Producer)[] destinations, int client) : IClient
{
    private readonly Dictionary<string, SendingCall> _calls = destinations.ToDictionary(
        destination => destination.Name, destination => new SendingCall(life, destination.Producer, destination.Name, client));

    public async Task RunAsync()
    {
        foreach (RepeatedSend repeated in life.Workload.TakeRepeated(life))
        {
            if (life.IsOver)
            {
                return;
            }

            await _calls[repeated.Destination].RepeatAsync(repeated).ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
