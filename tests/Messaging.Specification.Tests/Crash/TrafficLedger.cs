using System.Globalization;

namespace Messaging.Specification.Tests.Crash;

/// <summary>What the workers said of each message, and what contradicts the contract in it.</summary>
internal sealed class TrafficLedger
{
    private readonly HashSet<int> _tried = [];
    private readonly HashSet<int> _sent = [];
    private readonly HashSet<int> _delivered = [];
    private readonly HashSet<int> _acked = [];
    private readonly HashSet<int> _drained = [];

    public List<string> Problems { get; } = [];

    public int ConfirmedSends => _sent.Count;

    public int ConfirmedAcks => _acked.Count;

    /// <summary>Takes a worker's line: T tried, S sent, D delivered, A acknowledged; or E, delivered at the end.</summary>
    public void Read(string line)
    {
        int number = int.Parse(line.AsSpan(2), CultureInfo.InvariantCulture);
        switch (line[0])
        {
            case 'T':
                _tried.Add(number);
                break;
            case 'S':
                _sent.Add(number);
                break;
            case 'D' or 'E' when !_tried.Contains(number):
                Problems.Add($"{number} was delivered and never sent");
                break;
            case 'D' or 'E' when _acked.Contains(number):
                Problems.Add($"{number} was delivered again after its ack was confirmed");
                break;
            case 'D':
                _delivered.Add(number);
                break;
            case 'E':
                _drained.Add(number);
                break;
            case 'A':
                _acked.Add(number);
                break;
            default:
                Problems.Add($"a worker said '{line}'");
                break;
        }
    }

    /// <summary>The confirmed messages that are neither acknowledged nor there at the end, and of which nobody tried to ack one.</summary>
    /// <param name="left">Tells the messages that the workers leave unsettled.</param>
    public IEnumerable<int> Missing(Func<int, bool> left) => Gone().Where(n => left(n) || !_delivered.Contains(n));

    /// <summary>The number of messages that are gone although no ack was confirmed: their ack was on its way at a kill.</summary>
    public int UnconfirmedAcks(Func<int, bool> left) => Gone().Count(n => !left(n) && _delivered.Contains(n));

    public override string ToString() =>
        $"{_tried.Count} tried, {_sent.Count} confirmed, {_delivered.Count} delivered, {_acked.Count} acknowledged, {_drained.Count} at the end";

    private IEnumerable<int> Gone() => _sent.Where(n => !_acked.Contains(n) && !_drained.Contains(n));
}
