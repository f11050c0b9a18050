using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Messaging.Architecture.Tests.Walks;

/// <summary>Rewrites an assembly so that each of its methods tells that it was entered, and where it stands.</summary>
/// <remarks>Accessors, constructors and what only takes or leaves a lock tell nothing: to read a property, to make a value and to lock are no steps of a walk. Nor do
/// crash points and seeded bugs, which are there in debug builds only.</remarks>
internal static class Weaver
{
    private static readonly string[] _silentTypes = ["CrashPoint", "SeededBugs"];
    private static readonly string[] _locks = ["Subscription.Decide", "Subscription.Hold", "Subscription.Leave", "Guard.Dispose"];
    private static readonly string[] _silentMethods =
        ["MoveNext", "SetStateMachine", "PrintMembers", "GetHashCode", "Equals", "ToString", "Deconstruct", "op_Equality", "op_Inequality"];

    /// <summary>Rewrites the assembly of a file, and its symbols.</summary>
    /// <param name="path">The file.</param>
    /// <param name="enter">What its methods call, with their place.</param>
    public static void Rewrite(string path, MethodReference enter)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(path));
        using ModuleDefinition module = ModuleDefinition.ReadModule(
            path, new ReaderParameters(ReadingMode.Immediate) { AssemblyResolver = resolver, ReadSymbols = true, InMemory = true });
        MethodReference imported = module.ImportReference(enter);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(static type => type.Methods).Where(IsAStep))
        {
            ILProcessor code = method.Body.GetILProcessor();
            Instruction first = method.Body.Instructions[0];
            code.InsertBefore(first, code.Create(OpCodes.Ldstr, PlaceOf(method)));
            code.InsertBefore(first, code.Create(OpCodes.Call, imported));
            method.NoInlining = true;
        }

        module.Write(path, new WriterParameters { WriteSymbols = true });
    }

    private static bool IsAStep(MethodDefinition method) =>
        method.HasBody && !method.IsConstructor && !method.IsGetter && !method.IsSetter
        && !_silentTypes.Contains(method.DeclaringType.Name) && !_locks.Contains($"{method.DeclaringType.Name}.{method.Name}") && !method.Name.StartsWith("Assert", StringComparison.Ordinal)
        && (!_silentMethods.Contains(method.Name) || (method.Name == "MoveNext" && !method.DeclaringType.Name.StartsWith('<')));

    /// <summary>Finds the place of a method. That of one with a state machine is where the machine begins.</summary>
    private static string PlaceOf(MethodDefinition method)
    {
        MethodDefinition body = method.CustomAttributes.FirstOrDefault(static attribute => attribute.AttributeType.Name.EndsWith("StateMachineAttribute", StringComparison.Ordinal)) is { } made
            ? ((TypeReference)made.ConstructorArguments[0].Value).Resolve().Methods.First(static candidate => candidate.Name == "MoveNext")
            : method;
        return body.DebugInformation.SequencePoints.FirstOrDefault(static point => !point.IsHidden) is { } point ? $"{point.Document.Url}:{point.StartLine}" : "";
    }
}
