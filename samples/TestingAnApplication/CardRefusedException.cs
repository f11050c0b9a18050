namespace TestingAnApplication;

/// <summary>The bank does not pay: asking again would not help.</summary>
internal sealed class CardRefusedException(string message) : Exception(message);
