using System.Text.Json;

namespace Quickstart;

/// <summary>The input as a list of files and a limit; both processes read the same lines in the same order from it.</summary>
internal sealed record TextInput(IReadOnlyList<InputFile> Files, int MaxLines)
{
    private const int MaxLineLength = 100_000;

    public IEnumerable<Line> ReadLines() => ReadAll().Take(MaxLines);

    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, this, QuickstartJson.Default.TextInput);
    }

    public static TextInput Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        return JsonSerializer.Deserialize(file, QuickstartJson.Default.TextInput)!;
    }

    private IEnumerable<Line> ReadAll()
    {
        foreach (InputFile file in Files)
        {
            int number = 0;
            foreach (string text in File.ReadLines(file.Path))
            {
                number++;
                yield return text.Length <= MaxLineLength
                    ? new Line(file.Name, number, text)
                    : throw new InputException($"Line {number:N0} of '{file.Name}' has {text.Length:N0} characters; this sample reads up to {MaxLineLength:N0}.");
            }
        }
    }
}
