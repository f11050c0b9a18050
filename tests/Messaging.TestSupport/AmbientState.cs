using System.Diagnostics;
using System.Globalization;
using System.Transactions;

namespace Messaging.TestSupport;

/// <summary>What code can leave behind without anybody having asked: an async-local value, a culture, an activity, a transaction, a synchronization context.</summary>
public sealed class AmbientState
{
    private readonly AsyncLocal<string?> _local = new();

    /// <summary>Leaves all of it where the caller runs.</summary>
    /// <param name="by">Who leaves it.</param>
    /// <param name="context">The synchronization context; <see langword="null"/> for leaving none.</param>
    public void Leave(string by, SynchronizationContext? context = null)
    {
        _local.Value = by;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = $"({by})";
        CultureInfo.CurrentCulture = culture;
        CultureInfo.CurrentUICulture = culture;
        new Activity(by).Start();
        // Left open on purpose, as the code does that forgets it.
        _ = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        if (context is not null)
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Tells what there is of it where the caller runs.</summary>
    public string Read() => string.Create(
        CultureInfo.InvariantCulture,
        $"value '{_local.Value}', culture '{CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator}', "
        + $"UI culture '{CultureInfo.CurrentUICulture.NumberFormat.NumberDecimalSeparator}', activity '{Activity.Current?.OperationName}', "
        + $"transaction {Transaction.Current is not null}, context '{SynchronizationContext.Current?.GetType().Name}'");

    /// <summary>Tells what there is where nobody has left anything.</summary>
    public string ReadNone()
    {
        string none = "";
        var thread = new Thread(() => none = Read());
        thread.UnsafeStart();
        thread.Join();
        return none;
    }
}
