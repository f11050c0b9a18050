using System.Runtime.CompilerServices;
using Messaging.Storage;
using Messaging.Testing.Stores.Cases;

namespace Messaging.Testing.Stores;

/// <summary>One demand on a store, as a test of it without a test framework.</summary>
/// <remarks>A case holds nothing between runs: it may be run again, and on several stores at the same time.</remarks>
public sealed class StoreCase
{
    private readonly Func<StoreUnderTest, Task> _body;

    internal StoreCase(string demand, Func<StoreUnderTest, Task> body, StoreNeeds needs = StoreNeeds.None, [CallerArgumentExpression(nameof(body))] string name = "")
    {
        Name = name;
        Demand = demand;
        Needs = needs;
        _body = body;
    }

    /// <summary>Gets the name, unique among all cases, in the form <c>Subject_Condition_Outcome</c>; the values of one of a row of cases follow in
    /// brackets.</summary>
    public string Name { get; }

    /// <summary>Gets the sentence of the contract that the case holds a store to.</summary>
    public string Demand { get; }

    /// <summary>Gets what a store must promise for the case to apply to it.</summary>
    public StoreNeeds Needs { get; }

    /// <summary>Tells whether a store with these promises must pass the case.</summary>
    /// <param name="features">The store's promises.</param>
    public bool AppliesTo(StoreFeatures features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return (!Needs.HasFlag(StoreNeeds.Reopening) || features.SurvivesReopen)
            && (!Needs.HasFlag(StoreNeeds.Backup) || features.SupportsBackup)
            && (!Needs.HasFlag(StoreNeeds.NoBackup) || !features.SupportsBackup);
    }

    /// <summary>Runs the case on a store, and disposes each store it has opened.</summary>
    /// <param name="create">Gives a store that is not open, on the same place at each call: it finds what the one before it
    /// committed, and the first one finds nothing. It may give the same object again, if that one can be opened again.</param>
    /// <param name="createOnCopy">Gives a store on a copy that was written to a path; <see langword="null"/> when copies are not to be
    /// looked into.</param>
    /// <returns>A task that completes when the store has passed.</returns>
    /// <exception cref="SpecificationException">The store has failed.</exception>
    /// <exception cref="InvalidOperationException">The case does not <see cref="AppliesTo">apply</see> to the store.</exception>
    public async Task RunAsync(Func<IMessageStore> create, Func<string, IMessageStore>? createOnCopy = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        var store = new StoreUnderTest(create, createOnCopy);
        if (!AppliesTo(store.Features))
        {
            throw new InvalidOperationException($"{Name} does not apply to the store: it needs what the store's features do not promise ({Needs}).");
        }

        bool passed = false;
        try
        {
            await store.OpenAsync().ConfigureAwait(false);
            await _body(store).ConfigureAwait(false);
            passed = true;
        }
        catch (ExpectationException e)
        {
            throw new SpecificationException(this, e);
        }
        catch (Exception e)
        {
            throw new SpecificationException(this, e);
        }
        finally
        {
            await store.CloseAsync(passed).ConfigureAwait(false);
        }
    }

    /// <summary>Gets the name.</summary>
    public override string ToString() => Name;
}
