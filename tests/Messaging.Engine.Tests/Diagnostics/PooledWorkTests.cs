using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Diagnostics;

public sealed class PooledWorkTests
{
    private readonly PooledWork _work = new();

    [Fact]
    public void WhenIdle_WithNothingToDo_IsCompleted() => _work.WhenIdleAsync().IsCompletedSuccessfully.Should().BeTrue();

    [Fact]
    public async Task WhenIdle_WithWork_CompletesWithTheLastPiece()
    {
        _work.Enter();
        _work.Enter();
        Task first = _work.WhenIdleAsync();
        Task second = _work.WhenIdleAsync();

        _work.Exit();
        first.IsCompleted.Should().BeFalse();
        _work.Exit();

        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task WhenIdle_AskedAgainAfterNewWork_WaitsAnew()
    {
        _work.Enter();
        Task first = _work.WhenIdleAsync();
        _work.Exit();
        await first;

        _work.Enter();
        Task second = _work.WhenIdleAsync();

        second.IsCompleted.Should().BeFalse();
        _work.Exit();
        await second;
    }

    [Fact]
    public async Task WhenIdle_WhileOthersWork_AlwaysCompletes()
    {
        Task worker = Task.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _work.Enter();
                _work.Exit();
            }
        });
        for (int i = 0; i < 1_000; i++)
        {
            await _work.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }

        await worker;
        _work.WhenIdleAsync().IsCompleted.Should().BeTrue();
    }
}
