using System.Runtime.ExceptionServices;

namespace Messaging.TestSupport;

/// <summary>A thread of its own for what must run with nobody else's ambient state, and leave none.</summary>
public static class Starter
{
    /// <summary>Runs a function on a thread of its own, and gives its result.</summary>
    public static T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.UnsafeStart();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
