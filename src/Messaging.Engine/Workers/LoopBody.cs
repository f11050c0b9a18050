using System.Diagnostics.CodeAnalysis;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Workers;

/// <summary>What each loop of a worker does: it takes messages, has them handled, and waits for more.</summary>
/// <remarks>A loop ends when the worker stops, and never before. Any other exception than the handler's is logged; the message in hand returns,
/// and the loop goes on.</remarks>
internal sealed class LoopBody<T>(
    BrokerContext context, Subscription subscription, WorkerLoops loops, LoopIntake<T> intake, HandlerContext ambient, CancellationTokenSource stopping)
{
    private static readonly TimeSpan _pauseAfterFailure = TimeSpan.FromSeconds(1);

    private long _failures;

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown, the loop goes on.")]
    public async Task RunAsync(WorkerLoop loop)
    {
        // Never on the thread of the caller who starts the worker.
        await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
        while (!stopping.IsCancellationRequested)
        {
            Exception? failure = null;
            try
            {
                if (intake.TryBegin(loop, out ValueTask<bool> calling))
                {
                    loop.End(await calling.ConfigureAwait(WorkContext.IsCurrent));
                    if (!Thread.CurrentThread.IsThreadPoolThread && !WorkContext.IsCurrent)
                    {
                        // A thread of the application has completed the handler. It must not run the next one.
                        await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
                    }
                }
                else if (!await subscription.WaitAsync(stopping.Token).ConfigureAwait(WorkContext.IsCurrent))
                {
                    break;
                }
            }
            catch (Exception exception) when (IsEnd(exception))
            {
                break;
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            if (failure is not null)
            {
                await RecoverAsync(loop, failure).ConfigureAwait(WorkContext.IsCurrent);
            }
        }

        loops.OnEnded();
    }

    /// <summary>Tells whether the loop is to end: the worker stops, or the store has failed and what is handled now could not be acknowledged.</summary>
    private bool IsEnd(Exception exception) => exception switch
    {
        OperationCanceledException => stopping.IsCancellationRequested,
        StoreException => subscription.Failure is not null,
        _ => false,
    };

    /// <summary>Gives back what a loop had in hand, and lets it rest for a while.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What fails here may be the log itself; the loop goes on.")]
    private async Task RecoverAsync(WorkerLoop loop, Exception failure)
    {
        long number = loop.Number;
        loop.End(isSettled: false);
        ambient.Restore();
        try
        {
            if (number != 0)
            {
                subscription.Parts.Returning.PutOff(number);
            }

            EngineLog.LoopFailed(context.Logger, failure, subscription.Name, Interlocked.Increment(ref _failures), _pauseAfterFailure);
        }
        catch (Exception)
        {
            // What has failed may be the log.
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = stopping.Token.UnsafeRegister(
            static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), stopped);
        Task pause = context.Scheduler.DelayAsync(_pauseAfterFailure, out Alarm alarm);
        await Task.WhenAny(WorkContext.Of(stopped.Task), WorkContext.Of(pause)).ConfigureAwait(WorkContext.IsCurrent);
        alarm.Clear();
    }
}
