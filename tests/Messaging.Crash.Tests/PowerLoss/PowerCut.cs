namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The cut of one state: where it is in the trace, and what it leaves of that which was not synced. It follows from the trace's seed and
/// the state's number.</summary>
internal sealed class PowerCut
{
    private const int Sector = 512;

    private readonly Random _random;
    private readonly double _share;
    private readonly bool _keepsSizes;
    private int _moment = int.MaxValue;

    /// <param name="seed">The seed of the trace.</param>
    /// <param name="state">The number of the state.</param>
    /// <param name="records">The records of the trace.</param>
    public PowerCut(int seed, int state, int records)
    {
        State = state;
        _random = new Random(unchecked((seed * 1_000_003) + state));
        At = _random.Next(records + 1);
        Survival = (Survival)_random.Next(Enum.GetValues<Survival>().Length);
        _share = _random.NextDouble();
        _keepsSizes = _random.Next(2) == 0;
    }

    public int State { get; }

    /// <summary>Gets how many records of the trace happened before it.</summary>
    public int At { get; }

    public Survival Survival { get; }

    /// <summary>Gets how many of the changes of the folder are left; they reach a disk in their order.</summary>
    public int ChooseNames(int changes) => Survival switch
    {
        Survival.None => 0,
        Survival.All => changes,
        _ => _random.Next(changes + 1),
    };

    /// <summary>Chooses the moment for <see cref="Survival.Earlier"/>.</summary>
    /// <param name="unsynced">The places of all that was not synced, in order.</param>
    public void ChooseMoment(IReadOnlyList<int> unsynced) =>
        _moment = unsynced.Count == 0 ? 0 : unsynced[_random.Next(unsynced.Count)];

    /// <summary>Writes what is left of a write.</summary>
    public void Write(in DiskWrite write, Contents contents)
    {
        bool survives = Survival switch
        {
            Survival.None => false,
            Survival.All => true,
            Survival.Earlier => write.At <= _moment,
            Survival.Some => _random.NextDouble() < _share,
            _ => write.IsSize ? _random.NextDouble() < _share : WriteSectors(write, contents),
        };
        if (survives && write.IsSize)
        {
            contents.Resize(write.Offset);
        }
        else if (survives)
        {
            contents.Write(write.Offset, write.Data.Span);
        }
        else if (_keepsSizes && Survival is Survival.Some or Survival.Torn && !write.IsSize)
        {
            // The file may have grown on the disk before its contents got there.
            contents.Resize(Math.Max(contents.Length, write.Offset + write.Data.Length));
        }
    }

    private bool WriteSectors(in DiskWrite write, Contents contents)
    {
        for (int from = 0; from < write.Data.Length;)
        {
            int to = (int)Math.Min(write.Data.Length, from + Sector - ((write.Offset + from) % Sector));
            if (_random.NextDouble() < _share)
            {
                contents.Write(write.Offset + from, write.Data.Span[from..to]);
            }

            from = to;
        }

        return false;
    }
}
