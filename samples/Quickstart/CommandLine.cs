using System.Globalization;

namespace Quickstart;

/// <summary>What the user asked for, or what the first process asks of its worker.</summary>
internal sealed record CommandLine(IReadOnlyList<string> Paths, bool Keep, bool Help, string? WorkerFolder, int WorkerFrom)
{
    public const string Usage =
        """
        Sends text line by line through a durable queue, kills its own worker half-way, and shows that nothing is lost.

          dotnet run --project samples/Quickstart [-- [--keep] [file or folder ...]]

          file or folder   the text; without any, this repository's own source files
          --keep           keep the broker's file and say where it is
        """;

    /// <summary>The verb that this program starts itself with; not for users.</summary>
    public const string WorkerVerb = "--worker";

    public static CommandLine Parse(string[] args)
    {
        if (args is [WorkerVerb, string folder, string from])
        {
            return new CommandLine([], Keep: false, Help: false, folder, int.Parse(from, CultureInfo.InvariantCulture));
        }

        var paths = new List<string>();
        bool keep = false, help = false;
        foreach (string arg in args)
        {
            switch (arg)
            {
                case "--keep":
                    keep = true;
                    break;
                case "--help" or "-h":
                    help = true;
                    break;
                case ['-', ..]:
                    throw new InputException($"'{arg}' is not an option. Try --help.");
                default:
                    paths.Add(arg);
                    break;
            }
        }

        return new CommandLine(paths, keep, help, WorkerFolder: null, WorkerFrom: 0);
    }
}
