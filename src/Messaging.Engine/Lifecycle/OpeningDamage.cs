using Messaging.Diagnostics;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Lifecycle;

/// <summary>The damage that a store has found at its opening, for the log.</summary>
internal static class OpeningDamage
{
    public static void Log(StoreContents contents, ILogger logger)
    {
        foreach (StoreDamage damage in contents.Damage)
        {
            if (contents.Entries.FirstOrDefault(entry => entry.Id == damage.Log) is { } entry)
            {
                EngineLog.DamageFound(logger, $"{entry.Name} ({entry.Kind})", damage.First, damage.Last, damage.Problem);
            }
            else
            {
                EngineLog.DamageFound(logger, damage.Problem);
            }
        }
    }
}
