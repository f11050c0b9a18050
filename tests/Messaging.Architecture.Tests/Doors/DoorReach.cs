using Messaging.Architecture.Tests.Rules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>Which doors a function may come to on its own thread, through all that it calls: virtual members and delegates of ours included.</summary>
/// <remarks>What follows an await counts as if it ran on the same thread, which is more than what does. What is handed to the thread pool, a
/// timer or a token runs elsewhere and does not count.</remarks>
internal sealed class DoorReach(Code code, ValueFlow flow, DoorFinder finder)
{
    /// <summary>What runs a delegate later or on another thread.</summary>
    private static readonly string[] _elsewhere = ["ThreadPool", "Thread", "TimeProvider", "CancellationToken", "Task", "SynchronizationContext"];

    private readonly Dictionary<Function, HashSet<int>> _called = [];

    /// <summary>Finds the doors that are reached from a function, each with a way to it.</summary>
    /// <param name="start">The function.</param>
    /// <param name="isMeant">Which calls are looked for.</param>
    public IEnumerable<(DoorCall Call, string Way)> From(Function start, Func<DoorCall, bool> isMeant) => From(start, start.Runs(), isMeant);

    /// <summary>Finds the doors that are reached from a part of a function.</summary>
    public IEnumerable<(DoorCall Call, string Way)> From(Function start, IEnumerable<IOperation> part, Func<DoorCall, bool> isMeant)
    {
        var first = new Step(start, null);
        var cameFrom = new Dictionary<Step, Step?> { [first] = null };
        var open = new Queue<(Step Step, IEnumerable<IOperation> Part)>([(first, part)]);
        while (open.TryDequeue(out (Step Step, IEnumerable<IOperation> Part) next))
        {
            foreach (IOperation operation in next.Part)
            {
                string? ruledOut = next.Step.RuledOut ?? Trusted.RuledOutAt(next.Step.Function, operation);
                foreach (DoorCall call in finder.At(next.Step.Function, operation).Where(isMeant))
                {
                    if (ruledOut is null || !call.Name.StartsWith(ruledOut, StringComparison.Ordinal))
                    {
                        yield return (call, Way(cameFrom, next.Step));
                    }
                }

                foreach (Step called in Called(next.Step.Function, operation, isStart: next.Step == first).Select(called => new Step(called, ruledOut)).Where(called => cameFrom.TryAdd(called, next.Step)))
                {
                    open.Enqueue((called, called.Function.Runs()));
                }
            }
        }
    }

    private static string Way(Dictionary<Step, Step?> cameFrom, Step to)
    {
        var names = new List<string>();
        for (Step? step = to; step is not null; step = cameFrom[step])
        {
            names.Add(step.Function.Symbol.Name is { Length: > 0 } name ? $"{step.Function.Symbol.ContainingType?.Name}.{name}" : "a lambda");
        }

        names.Reverse();
        return string.Join(" → ", names);
    }

    private IEnumerable<Function> Called(Function caller, IOperation operation, bool isStart) => operation switch
    {
        IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke, Instance: { } target } =>
            !isStart && IsGiven(target) ? [] : Functions(target), // Whoever gave it calls it: see below.
        IInvocationOperation { Instance.Syntax: BaseExpressionSyntax } call => code.Of(call.TargetMethod) is { } own ? [own] : [],
        IInvocationOperation call when Trusted.IsOurs(call.TargetMethod) => WithGiven(code.Targets(call.TargetMethod), call.Arguments),
        IInvocationOperation call => [.. code.Targets(call.TargetMethod), .. RunByThePlatform(call.TargetMethod, call.Arguments).Where(given => !IsGiven(given)).SelectMany(Functions)],
        IObjectCreationOperation { Constructor: { } constructor } creation =>
            code.Of(constructor) is { } own ? WithGiven([own], creation.Arguments) : RunByThePlatform(constructor, creation.Arguments).SelectMany(Functions),
        IPropertyReferenceOperation property => Accessors(property).SelectMany(code.Targets),
        IUsingOperation { Resources: var resource } => Disposals(resource),
        IUsingDeclarationOperation { DeclarationGroup: var resource } => Disposals(resource),
        _ => [],
    };

    /// <summary>Adds the functions that a call gives to functions which call what they are given: so each caller's are kept apart.</summary>
    private IEnumerable<Function> WithGiven(IEnumerable<Function> targets, IEnumerable<IArgumentOperation> arguments)
    {
        foreach (Function target in targets)
        {
            yield return target;
            foreach (IArgumentOperation argument in arguments.Where(argument => argument.Parameter?.Type.TypeKind == TypeKind.Delegate))
            {
                if (ParametersCalledBy(target).Contains(argument.Parameter!.Ordinal))
                {
                    foreach (Function given in Functions(argument.Value))
                    {
                        yield return given;
                    }
                }
            }
        }
    }

    private HashSet<int> ParametersCalledBy(Function function)
    {
        if (!_called.TryGetValue(function, out HashSet<int>? called))
        {
            _called[function] = called = [.. CalledIn(function).OfType<IParameterReferenceOperation>().Select(value => value.Parameter)
                .Where(parameter => SymbolEqualityComparer.Default.Equals(parameter.ContainingSymbol.OriginalDefinition, function.Symbol))
                .Select(parameter => parameter.Ordinal)];
        }

        return called;
    }

    /// <summary>Lists the delegates that a function calls or has the platform call, also in lambdas that the platform runs for it.</summary>
    private IEnumerable<IOperation> CalledIn(Function function)
    {
        foreach (IInvocationOperation call in function.Runs().OfType<IInvocationOperation>())
        {
            if (call is { TargetMethod.MethodKind: MethodKind.DelegateInvoke, Instance: { } target })
            {
                yield return target;
            }
            else if (!Trusted.IsOurs(call.TargetMethod))
            {
                foreach (IOperation given in RunByThePlatform(call.TargetMethod, call.Arguments))
                {
                    yield return given;
                    foreach (IOperation inner in Lambda(given) is { } lambda ? CalledIn(lambda) : [])
                    {
                        yield return inner;
                    }
                }
            }
        }
    }

    private Function? Lambda(IOperation given) => given is IDelegateCreationOperation { Target: IAnonymousFunctionOperation lambda } ? code.Of(lambda.Symbol) : null;

    /// <summary>Determines whether a delegate is a parameter of the method that is being run, perhaps around a lambda.</summary>
    private static bool IsGiven(IOperation value) => value is IParameterReferenceOperation
    {
        Parameter.ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.Constructor or MethodKind.ExplicitInterfaceImplementation },
    };

    private static IEnumerable<IOperation> RunByThePlatform(IMethodSymbol method, IEnumerable<IArgumentOperation> arguments) =>
        _elsewhere.Contains(method.ContainingType.Name)
            ? []
            : arguments.Select(argument => argument.Value).Where(value => value.Type?.TypeKind == TypeKind.Delegate);

    private IEnumerable<Function> Functions(IOperation value) =>
        flow.Functions(value).Where(method => method.MethodKind != MethodKind.Constructor).SelectMany(code.Targets);

    private static IEnumerable<IMethodSymbol> Accessors(IPropertyReferenceOperation property)
    {
        bool isTarget = property.Parent is IAssignmentOperation { Target: var target } && target == property;
        if (!(isTarget && property.Parent is ISimpleAssignmentOperation) && property.Property.GetMethod is { } getter)
        {
            yield return getter;
        }

        if (isTarget && property.Property.SetMethod is { } setter)
        {
            yield return setter;
        }
    }

    private IEnumerable<Function> Disposals(IOperation resource) =>
        resource.DescendantsAndSelf()
            .Select(part => part is IVariableDeclaratorOperation variable ? variable.Symbol.Type : part == resource ? part.Type : null)
            .OfType<INamedTypeSymbol>()
            .SelectMany(type => type.GetMembers().OfType<IMethodSymbol>().Where(method => method.Name is "Dispose" or "DisposeAsync"))
            .SelectMany(code.Targets);

    /// <summary>Finds what a lock of a function protects.</summary>
    public static IEnumerable<SyntaxNode> LockedIn(Function function) =>
        function.Bodies.SelectMany(body => CallGraph.RunsIn(body.Syntax)).SelectMany(CallGraph.LockedIn);

    /// <summary>A function on the way, with the doors that were ruled out before it was called.</summary>
    private sealed record Step(Function Function, string? RuledOut);
}
