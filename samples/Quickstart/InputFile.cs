namespace Quickstart;

/// <summary>A file of the input, and the name it is shown with.</summary>
internal sealed record InputFile(string Path, string Name);
