namespace Quickstart;

/// <summary>An input that this program cannot work on; its message is for the user.</summary>
internal sealed class InputException(string message) : Exception(message);
