namespace Quickstart;

/// <summary>A bar that grows in place, or a few lines when the output goes to a file.</summary>
internal sealed class ProgressBar(long total)
{
    private const int Width = 40;

    private readonly bool _inPlace = !Console.IsOutputRedirected;
    private long _step;

    public void Show(long done)
    {
        // In place every hundredth is shown, in a file every quarter.
        long step = done * (_inPlace ? 100 : 4) / total;
        if (step <= _step)
        {
            return;
        }

        _step = step;
        int filled = (int)(done * Width / total);
        string bar = $"[{new string('#', filled)}{new string('.', Width - filled)}] {done * 100 / total,3} %  {done:N0} of {total:N0} lines";
        if (_inPlace)
        {
            Console.Write($"\r{bar,-78}");
        }
        else
        {
            Console.WriteLine(bar);
        }
    }

    /// <summary>Writes a sentence below the bar.</summary>
    public void Say(string sentence) => Console.WriteLine(_inPlace ? $"{Environment.NewLine}{sentence}" : sentence);
}
