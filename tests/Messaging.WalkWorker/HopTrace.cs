using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Messaging.WalkWorker;

/// <summary>Notes calls between methods of ours: each pair of caller and callee once. Rewritten methods call <see cref="Enter"/> first.</summary>
/// <remarks>A state machine counts as the method it was made of, and a lambda as one of its own. What an assertion calls is left out.</remarks>
public static partial class HopTrace
{
    private static readonly Lock _gate = new();
    private static readonly HashSet<(string Caller, string Callee)> _seen = [];
    private static readonly List<string> _lines = [];
    private static volatile bool _isOn;

    [ThreadStatic]
    private static bool _isInside;

    /// <summary>Begins a walk.</summary>
    public static void Begin()
    {
        lock (_gate)
        {
            _seen.Clear();
            _lines.Clear();
        }

        _isOn = true;
    }

    /// <summary>Ends a walk, and writes its hops: caller, callee, where the call and the callee are, and the types where one is called back.</summary>
    public static void End(string file)
    {
        _isOn = false;
        lock (_gate)
        {
            File.WriteAllLines(file, _lines);
        }
    }

    /// <summary>Notes that a method of ours was entered.</summary>
    /// <param name="place">Where it is.</param>
    public static void Enter(string place)
    {
        if (!_isOn || _isInside)
        {
            return;
        }

        _isInside = true;
        try
        {
            Note(place, [.. new StackTrace(1, fNeedFileInfo: true).GetFrames()]);
        }
        finally
        {
            _isInside = false;
        }
    }

    private static void Note(string place, StackFrame[] frames)
    {
        StackFrame[] ours = [.. frames.Where(static frame => IsOurs(frame.GetMethod()))];
        if (ours.Any(static frame => frame.GetMethod()!.Name.StartsWith("Assert", StringComparison.Ordinal)))
        {
            return;
        }

        (string type, string name) = NameOf(ours[0].GetMethod()!);
        StackFrame? from = ours.Length > 1 && !IsOfTheWalk(ours[1]) ? ours[1] : null;
        (string Type, string Name) caller = from is null ? ("(outside)", "") : NameOf(from.GetMethod()!);
        string[] way = [.. TypesOf(ours.TakeWhile(static frame => !IsOfTheWalk(frame))).Take(3)];
        string back = way is [var first, var second, var third] && first == third ? $"{third} > {second} > {first}" : "";
        string at = from is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{from.GetFileName()}:{from.GetFileLineNumber()}");
        lock (_gate)
        {
            if (_seen.Add(($"{caller.Type}.{caller.Name}", $"{type}.{name}")))
            {
                _lines.Add(string.Join('\t', $"{caller.Type}.{caller.Name}", $"{type}.{name}", at, place, back));
            }
        }
    }

    private static IEnumerable<string> TypesOf(IEnumerable<StackFrame> frames)
    {
        string? before = null;
        foreach (StackFrame frame in frames)
        {
            string type = NameOf(frame.GetMethod()!).Type;
            if (type != before)
            {
                yield return before = type;
            }
        }
    }

    private static bool IsOurs(MethodBase? method) => method?.DeclaringType?.Assembly.GetName().Name?.StartsWith("Messaging", StringComparison.Ordinal) == true;

    private static bool IsOfTheWalk(StackFrame frame) => frame.GetMethod()!.DeclaringType!.Assembly == typeof(HopTrace).Assembly;

    private static (string Type, string Name) NameOf(MethodBase method)
    {
        Type type = method.DeclaringType!;
        string name = method.Name;
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer)
        {
            name = name.EndsWith("MoveNext", StringComparison.Ordinal) && StateMachine().Match(type.Name) is { Success: true } made ? made.Groups[1].Value : name;
            type = outer;
        }

        name = Lambda().Replace(name, "$1.lambda");
        name = LocalFunction().Replace(name, "$1");
        name = Interface().Replace(name, "");
        string outside = type.DeclaringType is { } owner ? $"{owner.Name}+" : "";
        return (Arity().Replace(outside + type.Name, ""), name);
    }

    [GeneratedRegex("^<(.+?)>d__")]
    private static partial Regex StateMachine();

    [GeneratedRegex("^<(.+?)>b__.*$")]
    private static partial Regex Lambda();

    [GeneratedRegex("^<.+?>g__(.+?)\\|.*$")]
    private static partial Regex LocalFunction();

    [GeneratedRegex("^.*\\.(?!lambda)(?=\\w+$)")]
    private static partial Regex Interface();

    [GeneratedRegex("`\\d")]
    private static partial Regex Arity();
}
