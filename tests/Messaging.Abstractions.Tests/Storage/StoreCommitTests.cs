using Messaging.Storage;

namespace Messaging.Abstractions.Tests.Storage;

public sealed class StoreCommitTests
{
    public static TheoryData<string, Action<StoreCommit>> EveryChange => new()
    {
        { "closing", c => c.Closing = true },
        { "forget", c => c.ForgetBelow = 1 },
        { "declared", c => c.Declared.Add(default!) },
        { "removed", c => c.Removed.Add(1) },
        { "append", c => c.Appends.Add(default!) },
        { "cursor", c => c.Cursors.Add(default!) },
        { "trim", c => c.Trims.Add(default!) },
        { "scheduled", c => c.Scheduled.Add(default!) },
        { "unscheduled", c => c.Unscheduled.Add(default) },
        { "message id", c => c.MessageIds.Add(default!) },
        { "forgotten", c => c.Forgotten.Add(1) },
    };

    [Theory]
    [MemberData(nameof(EveryChange), DisableDiscoveryEnumeration = true)]
    public void Commit_WithOneChange_IsNotEmptyUntilCleared(string name, Action<StoreCommit> change)
    {
        var commit = new StoreCommit { Durability = Durability.Power };
        commit.IsEmpty.Should().BeTrue();

        change(commit);
        commit.IsEmpty.Should().BeFalse(name);

        commit.Clear();
        commit.IsEmpty.Should().BeTrue(name);
        commit.Should().BeEquivalentTo(new StoreCommit(), "it is used again");
    }
}
