namespace Quickstart;

/// <summary>A line that a handler has done, with the delivery that did it: the body of the messages on the topics.</summary>
internal sealed record HandledLine(Line Line, int Attempt);
