using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>The search for calls of code that a user may supply.</summary>
/// <remarks>
/// Such a call is: a member that a user may override or implement, or a value of such a type given to the platform; a delegate that came in
/// through the public API; a collection that did; what an exception, an object or a value of a type parameter says of itself; the callbacks
/// on a token; the continuation of a caller who awaits. What is not foreign although it looks so stands in <see cref="Trusted"/>.
/// </remarks>
internal sealed class DoorFinder(ValueFlow flow)
{
    /// <summary>Finds the calls that a function makes itself.</summary>
    public IEnumerable<DoorCall> In(Function function) => function.Runs().SelectMany(operation => At(function, operation));

    /// <summary>Finds the calls that one operation makes itself.</summary>
    public IEnumerable<DoorCall> At(Function function, IOperation operation) =>
        Names(operation).Distinct().Where(name => !Trusted.IsInTestsOnly(name, Where(function))).Select(name => new DoorCall(IsVague(name) ? $"{name} in {Where(function)}" : name, function, operation.Syntax));

    // What may be anything is named with the place that knows what it is.
    private static bool IsVague(string name) => name.Split('.')[0] is "T" or "object";

    private static string Where(Function function)
    {
        ISymbol member = function.Symbol;
        while (member.ContainingSymbol is IMethodSymbol outer)
        {
            member = outer;
        }

        return $"{member.ContainingType.Name}.{member.Name}";
    }

    private IEnumerable<string> Names(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod: { MethodKind: MethodKind.DelegateInvoke } } call => Delegates(call.Instance!),
        IInvocationOperation call => Call(call),
        IPropertyReferenceOperation { Instance: { } instance } property => Member(property.Property, instance),
        IEventAssignmentOperation { EventReference: IEventReferenceOperation { Instance: { } instance } access } => Member(access.Event, instance),
        IForEachLoopOperation loop => Enumerated(loop.Collection),
        ISpreadOperation spread => Enumerated(spread.Operand),
        IInterpolationOperation hole => Described(hole.Expression),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } sum =>
            [.. Described(sum.LeftOperand), .. Described(sum.RightOperand)],
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals, OperatorMethod.ContainingType.IsRecord: true } comparison =>
            Compared(comparison.OperatorMethod!.ContainingType),
        IUsingOperation { Resources: var resource } => Disposed(resource),
        IObjectCreationOperation { Constructor: { } constructor } creation when !Trusted.IsOurs(constructor) => creation.Arguments.SelectMany(Given),
        _ => [],
    };

    private IEnumerable<string> Call(IInvocationOperation call)
    {
        IMethodSymbol method = call.TargetMethod;
        if (method.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "LoggerMessageAttribute"))
        {
            return call.Arguments.Where(argument => argument.Parameter!.Type.Name == "ILogger").SelectMany(argument => Logged(argument.Value));
        }

        if (Trusted.IsOurs(method))
        {
            return call.Instance is { } ours ? Member(method, ours) : [];
        }

        string member = $"{method.ContainingType.Name}.{method.Name}";
        return member switch
        {
            "LoggerExtensions.Log" or "LoggerExtensions.LogError" or "LoggerExtensions.LogWarning" or "LoggerExtensions.LogInformation"
                or "LoggerExtensions.LogCritical" or "LoggerExtensions.LogDebug" or "LoggerExtensions.LogTrace" => Logged(call.Arguments[0].Value),
            "CancellationTokenSource.Cancel" or "CancellationTokenSource.CancelAsync" => [member],
            "ManualResetValueTaskSourceCore.SetResult" or "ManualResetValueTaskSourceCore.SetException" => ["awaiting caller"],
            "TaskCompletionSource.SetResult" or "TaskCompletionSource.TrySetResult" or "TaskCompletionSource.SetException"
                or "TaskCompletionSource.TrySetException" or "TaskCompletionSource.SetCanceled" or "TaskCompletionSource.TrySetCanceled" => ["awaiting caller"],
            _ => [.. call.Instance is { } instance ? Member(method, instance) : [], .. call.Arguments.SelectMany(Given)],
        };
    }

    /// <summary>Names a call of a member that is not ours to know.</summary>
    private IEnumerable<string> Member(ISymbol member, IOperation instance)
    {
        IOperation receiver = Unwrapped(instance);
        ITypeSymbol? type = receiver.Type;
        bool mayBeReplaced = member.IsVirtual || member.IsAbstract || member.IsOverride || member.ContainingType.TypeKind == TypeKind.Interface;
        if (type is null || !mayBeReplaced || receiver is IInstanceReferenceOperation)
        {
            return [];
        }

        if (Trusted.IsCollection(type))
        {
            return Collections(receiver);
        }

        return IsException(type)
            ? Trusted.ThrowsOwnOnly(instance) ? [] : member.Name == "ToString" || !(type.IsSealed && Trusted.IsOurs(type)) ? [$"Exception.{member.Name}"] : []
            : Foreign(type) is { } name ? [$"{name}.{member.Name}"] : [];
    }

    /// <summary>Names what the platform may do with a value that it is given.</summary>
    private IEnumerable<string> Given(IArgumentOperation argument)
    {
        IOperation value = Unwrapped(argument.Value);
        return value.Type switch
        {
            null => [],
            _ when Trusted.IsKeptOnly(argument) => [],
            { TypeKind: TypeKind.Delegate } => ForeignDelegates(flow.Origins(value)),
            var type when Trusted.IsCollection(type) => Collections(value),
            var type when IsException(type) => argument.Parameter?.Type.SpecialType == SpecialType.System_Object ? ["Exception.ToString"] : [],
            var type when argument.Parameter?.RefKind == RefKind.Out => [],
            var type => Foreign(type) is { } name ? [name] : [],
        };
    }

    private IEnumerable<string> Delegates(IOperation value)
    {
        ISymbol[] origins = [.. flow.Origins(value)];
        string[] foreign = [.. ForeignDelegates(origins)];
        return foreign.Length > 0 ? foreign
            : origins.OfType<IMethodSymbol>().Any() || origins.Any(Trusted.IsOwnDelegate) ? []
            : [$"a delegate of unknown origin, {value.Syntax}"];
    }

    private IEnumerable<string> Collections(IOperation value) =>
        flow.Origins(value).Where(origin => Trusted.IsUsers(origin) && Trusted.MayHold(TypeOf(origin), Trusted.IsCollection)).Select(Show);

    private static IEnumerable<string> ForeignDelegates(IEnumerable<ISymbol> origins) =>
        origins.Where(origin => Trusted.IsUsers(origin) && Trusted.MayHold(TypeOf(origin), static type => type.TypeKind == TypeKind.Delegate)).Select(Show);

    private static ITypeSymbol? TypeOf(ISymbol origin) => origin switch
    {
        IParameterSymbol parameter => parameter.Type,
        IPropertySymbol property => property.Type,
        _ => null,
    };

    private IEnumerable<string> Enumerated(IOperation collection) =>
        Unwrapped(collection) is { Type: { } type } value && Trusted.IsCollection(type) ? Collections(value) : [];

    private IEnumerable<string> Described(IOperation value) => Unwrapped(value) switch
    {
        { Type: null } => [],
        { Type: var type } when IsException(type) => Trusted.ThrowsOwnOnly(value) ? [] : ["Exception.ToString"],
        { Type: var type } => Foreign(type) is { } name ? [$"{name}.ToString"] : [],
    };

    /// <summary>Names the types of users that a record compares when it is compared.</summary>
    private static IEnumerable<string> Compared(INamedTypeSymbol record)
    {
        for (INamedTypeSymbol? part = record; part is { IsRecord: true }; part = part.BaseType)
        {
            foreach (IPropertySymbol property in part.GetMembers().OfType<IPropertySymbol>().Where(property => Foreign(property.Type) is not null))
            {
                yield return $"{Foreign(property.Type)}.Equals";
            }
        }
    }

    private static IEnumerable<string> Disposed(IOperation resource) =>
        resource.DescendantsAndSelf().Select(part => part is IVariableDeclaratorOperation variable ? variable.Symbol.Type : part == resource ? part.Type : null)
            .Where(type => type is not null).Select(type => Foreign(type!)).OfType<string>().Select(name => $"{name}.Dispose");

    // A logger of ours is judged by what it does itself.
    private IEnumerable<string> Logged(IOperation logger)
    {
        ISymbol[] origins = [.. flow.Origins(Unwrapped(logger))];
        bool isOurs = Unwrapped(logger).Type is { } type && Trusted.IsOurs(type) && !ValueFlow.IsPublic(type);
        return !isOurs && (origins.Any(Trusted.IsUsers) || !origins.Any(static origin => origin is IMethodSymbol or INamedTypeSymbol)) ? ["ILogger.Log"] : [];
    }

    /// <summary>Names a type that users may implement or derive from, unless it is trusted.</summary>
    private static string? Foreign(ITypeSymbol type) => type switch
    {
        ITypeParameterSymbol parameter => Trusted.IsOwnParameter(parameter) ? null : "T",
        { SpecialType: SpecialType.System_Object } => "object",
        { IsValueType: true } or { IsSealed: true } or { SpecialType: not SpecialType.None } => null,
        { TypeKind: not (TypeKind.Class or TypeKind.Interface) } => null,
        INamedTypeSymbol named when Trusted.IsOurs(named) => ValueFlow.IsPublic(named) && !Trusted.Is(named) ? named.Name : null,
        INamedTypeSymbol named => Trusted.Is(named) ? null : named.Name,
        _ => null,
    };

    private static bool IsException(ITypeSymbol type)
    {
        for (ITypeSymbol? part = type; part is not null; part = part.BaseType)
        {
            if (part is { Name: "Exception", ContainingNamespace.Name: "System" })
            {
                return true;
            }
        }

        return false;
    }

    private static IOperation Unwrapped(IOperation value)
    {
        while (value is IConversionOperation { IsImplicit: true } conversion && conversion.OperatorMethod is null)
        {
            value = conversion.Operand;
        }

        return value;
    }

    private static string Show(ISymbol origin) => origin switch
    {
        IParameterSymbol parameter => $"{parameter.ContainingSymbol.ContainingType.Name}.{(parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? "new" : parameter.ContainingSymbol.Name)}({parameter.Name})",
        _ => $"{origin.ContainingType.Name}.{origin.Name}",
    };
}
