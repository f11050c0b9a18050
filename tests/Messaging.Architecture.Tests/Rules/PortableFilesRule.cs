using System.Text.RegularExpressions;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests.Rules;

/// <summary>What builds the tree names no host and no path of a machine, so that it builds anywhere.</summary>
internal static partial class PortableFilesRule
{
    private const string Rule = "portable";

    public static IEnumerable<string> Check(IEnumerable<TextFile> files)
    {
        foreach (TextFile file in files)
        {
            string[] lines = file.Text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                if (Host().Match(lines[i]) is { Success: true } host)
                {
                    yield return file.At(i + 1, Rule, $"'{host.Value}' names a host");
                }

                if (MachinePath().Match(lines[i]) is { Success: true } path)
                {
                    yield return file.At(i + 1, Rule, $"'{path.Value}' is a path of one machine");
                }
            }
        }
    }

    [GeneratedRegex("https?://[^\\s\"'<]*", RegexOptions.IgnoreCase)]
    private static partial Regex Host();

    // A path that starts at the root of a disk; what follows a letter, a variable or another part is a relative one.
    [GeneratedRegex(@"(?<![\w.})/])(/(home|Users|root|work|mnt|opt|srv|var|tmp)/\w+|\b[A-Za-z]:\\\w+)")]
    private static partial Regex MachinePath();
}
