using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Messaging.Storage;

namespace Messaging.Writing;

/// <content>The writer at work: wait for it, gather, commit, publish.</content>
internal sealed partial class StoreWriter
{
    /// <summary>Makes the last commit and ends the thread.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A failure was told to every caller already; stopping goes on.")]
    public async Task StopAsync()
    {
        Task last;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            last = Task.CompletedTask;
            if (_failure is null)
            {
                CommitGroup group = JoinLocked(waits: true, MaxDurability);
                group.Closing = true;
                last = group.Callers.Completion;
            }

            _stopped = true;
            WakeLocked();
        }

        try
        {
            await last.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception)
        {
            // Each waiting caller has already received the exception.
        }

        await _ended.Task.ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Begins no further commit, as if the process had died. For tests, in which the writer has no thread.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Abandon(StoreException cause) => FailWaiting(StopAt(cause, out _), cause);

    /// <summary>The life of the writer's thread.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, it must reach the callers, and not end the process.")]
    private void RunThread()
    {
        try
        {
            while (WaitForWork())
            {
                _linger.WaitForCompany(_open);
                // A store may be asynchronous; the writer's thread has nothing else to do meanwhile.
                Wait(CommitNextAsync());
            }
        }
        catch (Exception exception)
        {
            Stop(null, Ended(exception));
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>The work that there is now, where everything runs in one place and the writer has no thread.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, it must reach the callers, and not end the process.")]
    private async void RunHere()
    {
        try
        {
            while (HasWorkHere())
            {
                await CommitNextAsync().ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        catch (Exception exception)
        {
            Stop(null, Ended(exception));
            lock (_gate)
            {
                // So the call that stops the writer starts it once more.
                _isAtWork = false;
            }
        }
    }

    private bool HasWorkHere()
    {
        lock (_gate)
        {
            _isAtWork = _full.Count > 0 || _open.HasWork;
            if (!_isAtWork && _stopped)
            {
                _ended.TrySetResult();
            }

            return _isAtWork;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever leaves a commit stops the writer and reaches every caller.")]
    private async ValueTask CommitNextAsync()
    {
        CommitGroup group = TakeGroup();
        try
        {
            await CommitAsync(group).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            Fail(group, exception);
        }
        finally
        {
            Recycle(group);
            _work.Exit();
        }
    }

    private CommitGroup TakeGroup()
    {
        lock (_gate)
        {
            if (!_full.TryDequeue(out CommitGroup? group))
            {
                group = _open;
                _open = TakeSpareLocked();
            }

            foreach (StoredReader reader in group.Dirty)
            {
                // What changes from here on goes with the next group.
                reader.NoteTaken(group);
            }

            return group;
        }
    }

    private void Recycle(CommitGroup group)
    {
        group.Reset();
        lock (_gate)
        {
            _spare ??= group;
        }
    }

    /// <summary>Waits for work: somebody's who waits is taken at once, other work when it has waited for company.</summary>
    private bool WaitForWork()
    {
        TimeSpan? lazily = _linger.LazyWait;
        while (true)
        {
            // Reset first: work added after the look sets the event again.
            _wake.Reset();
            lock (_gate)
            {
                _sleeps = false;
                if (_full.Count > 0 || (_open.HasWork && (_open.Waiting > 0 || _stopped || lazily is null)))
                {
                    return true;
                }

                if (!_open.HasWork && (_stopped || _failure is not null))
                {
                    return false;
                }
            }

            if (lazily is { } wait && _wake.Wait(wait))
            {
                continue;
            }

            lock (_gate)
            {
                if (_open.HasWork)
                {
                    return true;
                }

                _sleeps = true;
            }

            _wake.Wait();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws stops the writer and reaches every caller.")]
    private async ValueTask CommitAsync(CommitGroup group)
    {
        _linger.Began();
        try
        {
            StoreCommit commit = await _composer.ComposeAsync(group).ConfigureAwait(WorkContext.IsCurrent);
            if (SeededBugs.Is(SeededBug.DeliverBeforeCommit))
            {
                Publish(group);
                _publisher.Notify();
            }

            if (!commit.IsEmpty)
            {
                CrashPoint.Reached(CrashPoint.CommitBegins);
                await _store.CommitAsync(commit).ConfigureAwait(WorkContext.IsCurrent);
                CrashPoint.Reached(CrashPoint.CommitReturned);
            }
        }
        catch (StoreException exception) when (!exception.MustReopen && group.CanBeRefused)
        {
            Refuse(group, exception);
            return;
        }
        catch (Exception exception)
        {
            Fail(group, exception);
            return;
        }

        _linger.Ended(group.Waiting);
        // The records are in their logs before anybody hears of the commit; consumers are woken after the senders.
        if (!SeededBugs.Is(SeededBug.DeliverBeforeCommit))
        {
            Publish(group);
        }

        CrashPoint.Reached(CrashPoint.Published);
        group.Callers.Complete(group.Appends);

        CrashPoint.Reached(CrashPoint.Confirmed);
        _publisher.Notify();
        await MaintainAsync().ConfigureAwait(WorkContext.IsCurrent);
    }

    private void Publish(CommitGroup group)
    {
        _composer.OnCommitted();
        _publisher.Publish(group);
    }

    /// <summary>Tells the callers that nothing of theirs was stored. States are written with the next commit.</summary>
    private void Refuse(CommitGroup group, StoreException exception)
    {
        _composer.TakeBack(group);
        lock (_gate)
        {
            foreach (StoredReader reader in group.Dirty)
            {
                if (reader.QueuedIn != _open)
                {
                    reader.QueuedIn = _open;
                    _open.Dirty.Add(reader);
                }
            }
        }

        group.Callers.Fail(group.Appends, exception);
        EngineLog.CommitRefused(_logger, exception);
    }

    private void Fail(CommitGroup group, Exception exception)
    {
        StoreException failure = exception switch
        {
            StoreException { MustReopen: true } final => final,
            StoreException certain => new StoreException(
                $"{SafeText.MessageOf(certain)} The broker cannot go on without what was refused: open it again.", certain)
            {
                MustReopen = true,
            },
            _ => new StoreOutcomeUnknownException("The commit failed; what it held may be there after the broker is opened again.", exception),
        };
        Stop(group, failure);
    }

    /// <summary>Gets the failure of a writer that has ended by an unexpected exception.</summary>
    private static StoreException Ended(Exception exception) => new(
        $"The thread that commits to the store has ended unexpectedly ({TypeName.Of(exception.GetType())}).", exception)
    {
        MustReopen = true,
    };

    /// <summary>Confirms nothing more: the callers of the group, those that wait, and later ones get the failure.</summary>
    private void Stop(CommitGroup? group, StoreException failure)
    {
        CommitGroup[] waiting = StopAt(failure, out bool isFirst);
        if (isFirst)
        {
            EngineLog.StoreStopped(_logger, failure);
        }

        group?.Callers.Fail(group.Appends, failure);
        FailWaiting(waiting, failure);
        if (isFirst)
        {
            _failed?.Invoke(failure);
        }
    }

    /// <summary>Takes nothing more, and takes away what waits for a commit.</summary>
    private CommitGroup[] StopAt(StoreException failure, out bool isFirst)
    {
        // The words of an exception are the user's code, perhaps: they are asked for once, and without the lock.
        string text = SafeText.MessageOf(failure);
        lock (_gate)
        {
            isFirst = _failure is null;
            _failureText = isFirst ? text : _failureText;
            _failure ??= failure;
            CommitGroup[] waiting = [.. _full, _open];
            _full.Clear();
            _open = new CommitGroup();
            return waiting;
        }
    }

    private void FailWaiting(CommitGroup[] waiting, StoreException failure)
    {
        foreach (CommitGroup group in waiting)
        {
            group.Callers.Fail(group.Appends, NothingStored(failure));
            if (group.HasWork)
            {
                group.HasWork = false;
                _work.Exit();
            }
        }
    }

    /// <summary>Gets what those are told who come after the failure.</summary>
    private StoreException NothingStored(StoreException failure) => new(
        $"Nothing of this was stored: the store has failed before ({_failureText}) "
        + "and confirms nothing more. Open the broker again; what was not confirmed can be sent again then, with the same message ids.",
        failure)
    {
        MustReopen = true,
    };

    [SuppressMessage("Design", "CA1031", Justification = "Upkeep that fails is tried again; a commit that fails says so itself.")]
    private async ValueTask MaintainAsync()
    {
        try
        {
            await _store.MaintainAsync(!_open.HasWork).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            EngineLog.MaintenanceFailed(_logger, exception);
        }
    }

    private void NoteUnreachable(Exception exception) => EngineLog.CallerUnreachable(_logger, exception);

    private static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            task.AsTask().GetAwaiter().GetResult();
        }
    }
}
