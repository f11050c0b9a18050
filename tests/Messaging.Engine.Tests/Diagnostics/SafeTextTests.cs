using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Diagnostics;

public sealed class SafeTextTests
{
    [Fact]
    public void Of_AnExceptionThatSpeaks_IsItsOwnText()
    {
        var exception = new InvalidOperationException("the reason", new IOException("the cause"));

        SafeText.Of(exception).Should().Be(exception.ToString());
        SafeText.MessageOf(exception).Should().Be("the reason");
    }

    [Fact]
    public void Of_AnExceptionWhoseWordsThrow_NamesItsTypeAndWhatWasThrown()
    {
        string name = typeof(WordlessException).FullName!;

        SafeText.Of(new WordlessException()).Should().Be($"{name} (its Message threw {name})");
        SafeText.MessageOf(new WordlessException()).Should().Be($"{name} (its Message threw {name})");
        SafeText.StackOf(new WordlessException()).Should().BeNull();
    }

    [Fact]
    public void Of_AnExceptionAroundOneWhoseWordsThrow_KeepsTheWordsThatThereAre()
    {
        Exception thrown = FluentActions.Invoking(() => Throw(new WordlessException(new IOException("the disk")))).Should().Throw<InvalidOperationException>().Which;

        SafeText.Of(thrown).Should().StartWith("System.InvalidOperationException: the outer one")
            .And.Contain(nameof(Throw)).And.Contain($" ---> {typeof(WordlessException).FullName} (its Message threw").And.Contain(" ---> System.IO.IOException: the disk");
    }

    [Fact]
    public void Of_AnAggregateOfExceptionsWhoseWordsThrow_IsATextToo() =>
        SafeText.Of(new AggregateException(new WordlessException(), new IOException("the disk")))
            .Should().StartWith("System.AggregateException (its Message threw");

    [Fact]
    public void Of_AnExceptionThatSaysNull_NamesItsTypeAndThatItSaysNothing()
    {
        string name = typeof(NullException).FullName!;

        SafeText.Of(new NullException()).Should().Be($"{name} (its Message says nothing)");
        SafeText.MessageOf(new NullException()).Should().Be($"{name} (its Message says nothing)");
    }

    [Fact]
    public void Of_AnObjectWhoseWordsThrow_NamesItsType()
    {
        SafeText.Of(new Talker(() => "hello")).Should().Be("hello");
        SafeText.Of(new Talker(() => null)).Should().Be($"{typeof(Talker)} (its ToString says nothing)");
        SafeText.Of(new Talker(() => throw new WordlessException())).Should().Be($"{typeof(Talker)} (its ToString threw {typeof(WordlessException)})");
    }

    [Fact]
    public void Of_ALongText_IsCutNeverWithinACharacter()
    {
        SafeText.Of(new Talker(() => new string('a', 100_000))).Should().HaveLength(SafeText.MaxLength);
        SafeText.Cut("ab😀c", 3).Should().Be("ab");
        SafeText.Cut("ab😀c", 4).Should().Be("ab😀");
        SafeText.Cut("abc", 3).Should().Be("abc");
    }

    [Fact]
    public void Of_ATextWithHalfASurrogatePair_IsWhatAStoreWouldMakeOfIt()
    {
        SafeText.Of(new Talker(() => "a\ud800b")).Should().Be("a\ufffdb");
        SafeText.MessageOf(new IOException("a\udc00")).Should().Be("a\ufffd");
        SafeText.Of(new IOException("a\udc00")).Should().EndWith("a\ufffd");
        SafeText.Of(new WordlessException(new IOException("a\udc00"))).Should().EndWith("a\ufffd");
        SafeText.Cut("ab\ud83d\ud83d", 3).Should().Be("ab");
        SafeText.Cut("a\ud83d\ud83d\udea2", 2).Should().Be("a");
    }

    [Fact]
    public void Of_AChainWithoutEnd_Ends()
    {
        Exception chain = new WordlessException();
        for (int i = 0; i < 1_000; i++)
        {
            chain = new WordlessException(chain);
        }

        SafeText.Of(chain).Length.Should().BeLessThan(2_000);
    }

    private static void Throw(Exception inner) => throw new InvalidOperationException("the outer one", inner);

    private sealed class NullException : Exception
    {
        public override string Message => null!;

        public override string ToString() => null!;
    }

    private sealed class Talker(Func<string?> says)
    {
        public override string? ToString() => says();
    }
}
