using System.Globalization;
using Messaging.CrashWorker.Shim;

namespace Messaging.CrashWorker.Faults;

/// <summary>One fault of the disk: at the n-th operation of some kinds, once or for good.</summary>
/// <param name="Kinds">The kinds of operations.</param>
/// <param name="Error">The error number.</param>
/// <param name="IsSticky">Whether all later operations of the kinds fail, too.</param>
/// <param name="IsShort">Whether a write stores its half first.</param>
/// <param name="Nth">Which operation, from 1.</param>
internal readonly record struct FaultPoint(ShimKinds Kinds, int Error, bool IsSticky, bool IsShort, int Nth)
{
    public const int NoSpace = 28;

    /// <summary>Reads a point from its text, as <c>Write,Truncate 28 sticky short 17</c> with <c>once</c> and <c>whole</c> for the other choice.</summary>
    public static FaultPoint Parse(string text)
    {
        string[] parts = text.Split(' ');
        return new FaultPoint(
            Enum.Parse<ShimKinds>(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "sticky", parts[3] == "short",
            int.Parse(parts[4], CultureInfo.InvariantCulture));
    }

    public void Arm() => ShimCalls.Arm(Kinds, Nth, Error, IsSticky, IsShort);
}
