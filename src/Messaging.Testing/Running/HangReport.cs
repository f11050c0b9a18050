using System.Globalization;
using System.Text;
using Messaging.Testing.Following;
using Messaging.Testing.Observing;

namespace Messaging.Testing.Running;

/// <summary>Explains why a broker does not come to rest: which user code runs or blocks its thread, and what happened to its messages.</summary>
/// <param name="count">Knows what runs.</param>
/// <param name="recorder">Knows the histories.</param>
/// <param name="limit">How long nothing has happened.</param>
internal sealed class HangReport(WorkCount count, ObservationRecorder recorder, TimeSpan limit)
{
    /// <summary>Explains that nothing has happened.</summary>
    /// <param name="isBlocked">Whether the one thread of all is blocked.</param>
    public string OfHang(bool isBlocked)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The broker has not come to rest, and nothing has happened for {limit.TotalSeconds:0.###} s of real time. ");
        List<ActivityState> busy = count.Activities?.Busy ?? [];
        busy.ForEach(state => Append(text, state));
        IEnumerable<MessageId> messages = busy.Where(static state => state.Delivery is not null).Select(static state => state.Delivery!.Value.MessageId);
        if (busy.Exists(static state => state.IsRunnable))
        {
            text.Append("If it waits for what the test does later, let it wait with TestBroker.WaitForAsync; if it blocks its thread, everything waits for it. ");
            text.Append("A limit on its time, as by Task.WaitAsync or a CancellationTokenSource, is no wait for virtual time: what it limits may be running.");
        }
        else if (busy.Count == 0 && isBlocked)
        {
            text.Append("A callback that the broker or the clock has called, or the logger, blocks its thread. A logger may call the broker, but not wait for it here.");
        }
        else if (busy.Count == 0 && count.Outside > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{count.Outside:N0} pieces of work run elsewhere: tasks of TestBroker.Track, or commits or reads of the store.");
        }
        else if (busy.Count == 0)
        {
            // Only what stops handlers is watched although there is rest.
            text.Append("It is being stopped, and waits for handlers that wait for virtual time. Move the clock meanwhile, or let the TestBroker be disposed first.");
            messages = recorder.FindOpen().Select(delivered => delivered.MessageId);
        }

        foreach (MessageId id in messages.Distinct())
        {
            text.AppendLine().Append(recorder.Tell(id).TrimEnd());
        }

        return text.ToString();
    }

    /// <summary>Explains that work comes without end.</summary>
    /// <param name="steps">How many pieces were done meanwhile.</param>
    public string OfEndlessWork(long steps) =>
        $"The broker does not come to rest: {steps:N0} pieces of work were done, and there are always more. {recorder.TellLast()}";

    private static void Append(StringBuilder text, ActivityState state)
    {
        text.Append(CultureInfo.InvariantCulture, $"{state.Name} ");
        text.Append(state.IsBlocking
            ? "blocks its thread until something ends that can only go on in this thread: await it instead of Wait() or Result. "
            : "has not returned, and waits neither for virtual time nor for the broker. ");
        if (state.IsLeftBehind)
        {
            text.Append("If its loop has ended, let it dispose its consumer or settle the delivery. ");
        }
    }
}
