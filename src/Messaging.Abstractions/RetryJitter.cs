namespace Messaging;

/// <summary>The share of a retry's delay that is drawn at random, so that failures of one moment do not return together.</summary>
public enum RetryJitter
{
    /// <summary>None: the delay is exact.</summary>
    None,

    /// <summary>All of it: uniform between zero and the delay.</summary>
    Full,

    /// <summary>Half of it: uniform between half the delay and the delay.</summary>
    Equal,
}
