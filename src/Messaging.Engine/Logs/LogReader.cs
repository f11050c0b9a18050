using Messaging.Bounds;

namespace Messaging.Logs;

/// <summary>What a log sees of one of its readers without asking its owner: from where on it holds the log, and whether it wants what is new.</summary>
/// <remarks>The owner shows it with its guard; the log reads it without.</remarks>
internal abstract class LogReader(ILogReaderOwner owner, MessageLog log, long heldFrom, bool collects)
{
    private long _heldFrom = heldFrom;
    private long _passedFrom;
    private Backlog? _backlog;
    private bool _collects = collects;

    public ILogReaderOwner Owner => owner;

    public MessageLog Log => log;

    /// <summary>Gets or sets the first number that takes room in the log, in memory and in its bound; <see cref="long.MaxValue"/> for none. Set by the owner.</summary>
    public virtual long HeldFrom
    {
        get => Volatile.Read(ref _heldFrom);
        protected set => Volatile.Write(ref _heldFrom, value);
    }

    /// <summary>Gets or sets where it held the log from when it passed the log's goal last. Used by the log.</summary>
    public long PassedFrom
    {
        get => Volatile.Read(ref _passedFrom);
        set => Volatile.Write(ref _passedFrom, value);
    }

    /// <summary>Gets a value indicating whether the reader wants what is new.</summary>
    public bool Collects => Volatile.Read(ref _collects);

    /// <summary>Gets the bound that new messages count in; <see langword="null"/> for none.</summary>
    public Backlog? Backlog => Collects ? Volatile.Read(ref _backlog) : null;

    /// <summary>Shows the bound to the log, which counts new messages in it when it has read its readers again.</summary>
    public void ShowLimit(Backlog? backlog) => Volatile.Write(ref _backlog, backlog);

    /// <summary>Shows that nothing new is collected or held.</summary>
    public void ShowSuspension()
    {
        Volatile.Write(ref _collects, false);
        HeldFrom = long.MaxValue;
    }

    /// <summary>Begins at a number: nothing before it is held. Called under the log's lock.</summary>
    public virtual void ShowStart(long sequence)
    {
        HeldFrom = sequence;
        PassedFrom = 0;
        Volatile.Write(ref _collects, true);
    }
}
