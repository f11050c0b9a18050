using Messaging.Groups;
using Messaging.Logs;

namespace Messaging.Engine.Tests.Logs;

/// <summary>A reader whose position the test moves, and which counts how often the log looks at it.</summary>
internal sealed class CountedReader(MessageLog log, CountedOwner owner) : StoredReader(owner, log, heldFrom: 1, keptFrom: 1, collects: true)
{
    public CountedReader(MessageLog log)
        : this(log, new CountedOwner())
    {
    }

    public int Looks { get; private set; }

    public override long HeldFrom
    {
        get
        {
            Looks++;
            return base.HeldFrom;
        }

        protected set => base.HeldFrom = value;
    }

    /// <summary>Gets or sets what is done when the log has grown.</summary>
    public Action? Appended
    {
        get => owner.Appended;
        set => owner.Appended = value;
    }

    /// <summary>Settles all below a number, and tells the log.</summary>
    public void MoveTo(long floor)
    {
        owner.Floor = floor;
        HeldFrom = floor;
        Log.OnSettled(this, 0, exact: false);
    }
}
