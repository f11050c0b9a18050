using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Logging;

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

    private readonly WorkQueue _work;
    private readonly bool _isSilent;
    private readonly Action _writeSome;
    private readonly EntryWriter _entries;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly EntryBuffer _waiting = new(Capacity);
    private bool _isWriting;
    private bool _abandoned;
    private TaskCompletionSource? _written;

    // The thread of the piece of work that writes.
    private int _writer;

    public LogQueue(ILogger logger, WorkQueue work)
    {
        _work = work;
        _isSilent = logger is NullLogger;
        _writeSome = WriteSome;
        _entries = new EntryWriter(logger);
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
            if (_abandoned || !_waiting.TryReserve())
            {
                return;
            }

            _waiting.Add(new StateEntry<TState>(logLevel, eventId, state, exception, formatter));
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
        }
    }

    /// <summary>Writes some of what waits, and the rest after others had their turn: a logger whose lines cause lines never comes to an end.</summary>
    private void WriteSome()
    {
        Volatile.Write(ref _writer, Environment.CurrentManagedThreadId);
        for (int i = 0; i < MostAtOnce && TryTake(out LogEntry? entry); i++)
        {
            _entries.Write(entry);
        }

        Volatile.Write(ref _writer, 0);
        TaskCompletionSource? written;
        lock (_gate)
        {
            _isWriting = !_waiting.IsEmpty;
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

    private bool TryTake([NotNullWhen(true)] out LogEntry? entry)
    {
        lock (_gate)
        {
            return _waiting.TryTake(out entry);
        }
    }
}
