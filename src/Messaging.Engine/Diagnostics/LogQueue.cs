using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Diagnostics;

/// <summary>The one door to the user's logger: a bounded queue of entries, written in their order by one piece of the engine's work at a time.</summary>
/// <remarks>
/// Logging runs nothing of the user's: any thread of the engine may log, and a logger may throw, be slow, hang, or call the broker. An entry that
/// finds no room is dropped and counted, and one at which the logger throws likewise; the counts are logged in their turn. A logger that hangs
/// holds its piece of work, and the entries behind it.
/// </remarks>
internal sealed class LogQueue : ILogger
{
    /// <summary>The greatest number of entries that wait.</summary>
    public const int Capacity = 1_024;

    /// <summary>After so many entries others have their turn.</summary>
    private const int MostAtOnce = 64;

    private readonly ILogger _logger;
    private readonly WorkQueue _work;
    private readonly bool _isSilent;
    private readonly Action _writeSome;
    private readonly ContextCallback _write;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private long _dropped;
    private bool _isWriting;
    private bool _abandoned;
    private TaskCompletionSource? _written;

    // Used by the piece of work that writes; the thread is asked for by others.
    private long _failed;
    private Exception? _failure;
    private int _writer;

    public LogQueue(ILogger logger, WorkQueue work)
    {
        _logger = logger;
        _work = work;
        _isSilent = logger is NullLogger;
        _writeSome = WriteSome;
        _write = entry => Write((Entry)entry!);
    }

    /// <summary>Gets a value indicating whether the logger has called the caller, on this thread.</summary>
    public bool IsHere => Volatile.Read(ref _writer) == Environment.CurrentManagedThreadId;

    /// <summary>Says whether there is a logger. The levels that it wants are asked for where an entry is written.</summary>
    public bool IsEnabled(LogLevel logLevel) => !_isSilent;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_isSilent)
        {
            return;
        }

        lock (_gate)
        {
            if (_abandoned)
            {
                return;
            }

            if (_waiting.Count >= Capacity)
            {
                _dropped++;
                return;
            }

            AddDroppedLocked();
            _waiting.Enqueue(new Entry<TState>(logLevel, eventId, state, exception, formatter));
            if (!_isWriting)
            {
                _isWriting = true;
                _work.Enter();
                _work.Run(_writeSome);
            }
        }
    }

    /// <summary>Completes when everything that was logged so far, and what came meanwhile, is written.</summary>
    public Task WhenWrittenAsync()
    {
        lock (_gate)
        {
            return _isWriting
                ? (_written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.CompletedTask;
        }
    }

    /// <summary>Writes nothing more, as the process has died. The entry that is being written is.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _abandoned = true;
            _waiting.Clear();
            _dropped = 0;
        }
    }

    /// <summary>Writes some of what waits, and the rest after others had their turn: a logger whose lines cause lines never comes to an end.</summary>
    private void WriteSome()
    {
        Volatile.Write(ref _writer, Environment.CurrentManagedThreadId);
        for (int i = 0; i < MostAtOnce && TryTake(out Entry? entry); i++)
        {
            CleanContext.Run(_write, entry);
        }

        Volatile.Write(ref _writer, 0);
        TaskCompletionSource? written;
        lock (_gate)
        {
            _isWriting = _waiting.Count > 0 || _dropped > 0;
            if (_isWriting)
            {
                _work.Run(_writeSome);
                return;
            }

            written = _written;
            _written = null;
        }

        written?.SetResult();
        _work.Exit();
    }

    private bool TryTake([NotNullWhen(true)] out Entry? entry)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                AddDroppedLocked();
            }

            return _waiting.TryDequeue(out entry);
        }
    }

    /// <summary>Puts in the place of the entries that were dropped how many they were.</summary>
    private void AddDroppedLocked()
    {
        if (_dropped > 0)
        {
            _waiting.Enqueue(new DroppedEntry(_dropped));
            _dropped = 0;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logger throws costs its own entry, and nothing else.")]
    private void Write(Entry entry)
    {
        try
        {
            if (!TryWrite(entry))
            {
                return;
            }

            if (_failed > 0)
            {
                EngineLog.LoggerFailed(_logger, new RenderedException(_failure!), _failed);
                _failed = 0;
                _failure = null;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }

    /// <summary>Writes an entry; if the logger throws, perhaps at the exception in it, once more with the exception's words.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logger throws costs its own entry, and nothing else.")]
    private bool TryWrite(Entry entry)
    {
        try
        {
            entry.Write(_logger, entry.Exception);
            return true;
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        try
        {
            if (entry.Exception is { } hostile)
            {
                entry.Write(_logger, new RenderedException(hostile));
                return true;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        _failed++;
        return false;
    }

    private abstract class Entry(Exception? exception)
    {
        public Exception? Exception => exception;

        /// <summary>Gives it to the logger, with its exception or another one.</summary>
        public abstract void Write(ILogger logger, Exception? exception);
    }

    private sealed class Entry<TState>(
        LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter) : Entry(exception)
    {
        public override void Write(ILogger logger, Exception? exception)
        {
            if (logger.IsEnabled(level))
            {
                logger.Log(level, id, state, exception, formatter);
            }
        }
    }

    private sealed class DroppedEntry(long count) : Entry(exception: null)
    {
        public override void Write(ILogger logger, Exception? exception) => EngineLog.LinesDropped(logger, count, Capacity);
    }
}
