namespace Messaging.Architecture.Tests.Doors;

/// <summary>The table of doors in <c>tests/README.md</c>, which is made from the list of doors and the calls that were found.</summary>
internal static class DoorTable
{
    public const string Begin = "<!-- The table of doors is written by DoorTests; do not change it by hand. -->";
    public const string End = "<!-- The end of the table of doors. -->";

    public static string Of(IEnumerable<Door> doors, IReadOnlyCollection<DoorCall> calls)
    {
        var lines = new List<string>
        {
            Begin,
            "| door | called by | on | what holds | tests |",
            "|---|---|---|---|---|",
        };
        lines.AddRange(doors.Select(door => $"| {door.Name} | {CalledBy(door, calls)} | {door.CalledOn} | {door.Holds} | {TestsOf(door)} |"));
        lines.Add(End);
        return string.Join('\n', lines);
    }

    /// <summary>Gets the table as a text has it; nothing if it has none.</summary>
    public static string? In(string text)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        return begin < 0 || end < begin ? null : text[begin..(end + End.Length)];
    }

    private static string CalledBy(Door door, IEnumerable<DoorCall> calls) =>
        string.Join(", ", calls.Where(call => door.Calls.Contains(call.Name)).Select(call => $"`{call.Caller.File.Name.Split('.')[0]}`").Distinct().Order(StringComparer.Ordinal));

    private static string TestsOf(Door door)
    {
        IEnumerable<string> classes = door.Tests.Values.Select(test => $"`{door.FullName(test).Split('.')[0]}`").Distinct();
        IEnumerable<string> missing = door.NotTested.GroupBy(none => none.Value, none => Show(none.Key)).Select(none => $"not {string.Join(", ", none)}: {none.Key}");
        return string.Join("; ", [string.Join(", ", classes), .. missing]);
    }

    private static string Show(Behaviour behaviour) => behaviour switch
    {
        Behaviour.Throws => "throws",
        Behaviour.Reenters => "re-enters",
        Behaviour.IsSlow => "is slow",
        Behaviour.LeavesAmbientState => "ambient state",
        _ => "nonsense",
    };
}
