namespace Messaging.Testing.Stores.Cases;

/// <summary>An expectation that was not met, within a case.</summary>
internal sealed class ExpectationException(string subject, string expected, string actual) : Exception($"Not as expected: {subject}.")
{
    /// <summary>Gets what was looked at, to stand in a sentence.</summary>
    public string Subject => subject;

    public string Expected => expected;

    public string Actual => actual;
}
