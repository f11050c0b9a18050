namespace Messaging.Crash.Tests.Corruption;

/// <summary>How a case ended well, or that it did not.</summary>
internal enum Verdict
{
    /// <summary>Everything was served.</summary>
    Whole,

    /// <summary>The newest commits are gone as after a power cut; what was there before them is there, and exactly that.</summary>
    CutBack,

    /// <summary>The damaged part was told, and the rest served.</summary>
    Told,

    /// <summary>The opening was refused, with the reason.</summary>
    Refused,

    /// <summary>Something was wrong and not told, or told wrongly.</summary>
    Wrong,
}
