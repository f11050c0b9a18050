using Messaging.Storage;
using Messaging.Testing.Stores.Cases;

namespace Messaging.Testing.Stores;

/// <summary>What every <see cref="IMessageStore"/> must do, case by case, for the tests of a store of one's own.</summary>
/// <remarks>
/// <para>The cases belong to no test framework; each is run with <see cref="StoreCase.RunAsync"/>. With xunit, for instance:</para>
/// <code>
/// public static TheoryData&lt;string&gt; Cases => [.. StoreSpecification.CasesFor(new MyStore("any").Features).Select(c => c.Name)];
///
/// [Theory, MemberData(nameof(Cases))]
/// public async Task Store_OfMine_KeepsTheContract(string name)
/// {
///     using var folder = new TemporaryFolder();
///     await StoreSpecification.Case(name).RunAsync(() => new MyStore(folder.File("store")));
/// }
/// </code>
/// <para>What cannot be seen from within one process is not among them: that a commit survives the death of the process, or a power
/// cut. Nor is damage, whose forms only the store knows.</para>
/// </remarks>
public static class StoreSpecification
{
    /// <summary>Gets all cases.</summary>
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        .. OpeningCases.All,
        .. ReadingCases.All,
        .. CommittingCases.All,
        .. SchedulingCases.All,
        .. RemovingCases.All,
        .. TrimmingCases.All,
        .. BackupCases.All,
        .. RandomWork.All,
    ];

    /// <summary>Lists the cases that a store must pass that promises this. The others need a promise that it does not make: see
    /// <see cref="StoreCase.Needs"/>.</summary>
    /// <param name="features">The store's promises.</param>
    public static IReadOnlyList<StoreCase> CasesFor(StoreFeatures features) => [.. All.Where(one => one.AppliesTo(features))];

    /// <summary>Gets the case of a name, for frameworks whose lists of tests are lists of text.</summary>
    /// <param name="name">The <see cref="StoreCase.Name"/>.</param>
    /// <exception cref="ArgumentException">There is no case of that name.</exception>
    public static StoreCase Case(string name) =>
        All.FirstOrDefault(one => one.Name == name) ?? throw new ArgumentException($"There is no case '{name}'.", nameof(name));

    /// <summary>Gets the case of random commits, upkeep and reopening against a model with a seed of one's own; <see cref="All"/> holds it
    /// with four.</summary>
    /// <param name="seed">The seed; the same one gives the same work. A failure names it.</param>
    public static StoreCase RandomWorkOf(int seed) => RandomWork.Case(seed);
}
