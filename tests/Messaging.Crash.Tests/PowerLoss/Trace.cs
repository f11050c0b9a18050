using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>What a workload did to its files, and what it told of meanwhile, in the order of its happening.</summary>
internal sealed class Trace
{
    private readonly List<(int At, HistoryEvent Happened)> _events = [];

    /// <param name="path">The file that it was recorded to.</param>
    public Trace(string path)
    {
        Records = TraceReader.Read(path);
        for (int at = 0; at < Records.Count; at++)
        {
            TraceRecord record = Records[at];
            if (record.Kind == TraceKind.Mark)
            {
                _events.Add((at, HistoryLine.TryRead(record.Text.TrimEnd('\n'), out HistoryEvent? happened)
                    ? happened
                    : throw new InvalidDataException($"Record {at} of the trace '{path}' is no event: {record.Text}")));
            }
            else if (record.Kind == TraceKind.Start && at > 0)
            {
                _events.Add((at, new HistoryEvent { Operation = HistoryOperation.Crash, Time = _events.Count > 0 ? _events[^1].Happened.Time : 0 }));
            }
        }
    }

    public IReadOnlyList<TraceRecord> Records { get; }

    /// <summary>Gets the history up to a cut.</summary>
    /// <param name="at">The place of the cut.</param>
    /// <param name="certainBefore">The place from which on the cut may have taken everything back: what was confirmed then does not count as
    /// confirmed, and what was delivered may never have been.</param>
    public History Until(int at, int certainBefore)
    {
        var history = new History();
        foreach ((int place, HistoryEvent happened) in _events)
        {
            if (place >= at)
            {
                break;
            }

            if (place < certainBefore)
            {
                history.Add(happened);
            }
            else if (happened.Operation != HistoryOperation.Deliver)
            {
                history.Add(happened.Outcome == HistoryOutcome.Ok && IsCall(happened) ? happened with { Outcome = HistoryOutcome.Unknown } : happened);
            }
        }

        history.Add(new HistoryEvent { Operation = HistoryOperation.Crash, Time = history.Events.Count > 0 ? history.Events[^1].Time : 0, Note = "power cut" });
        return history;
    }

    private static bool IsCall(HistoryEvent happened) => happened.Operation
        is HistoryOperation.Send or HistoryOperation.Cancel or HistoryOperation.Ack or HistoryOperation.Nack or HistoryOperation.DeadLetter
        or HistoryOperation.Subscribe or HistoryOperation.Unsubscribe;
}
