using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>Where delegates and collections come from, as far as assignments, arguments and returns show, in whatever order they run.</summary>
/// <remarks>A value's origins are parameters of the public API, public properties that users set, and functions of ours. What lies in a
/// collection has the origins of all that was ever put into it. Arguments of a call through a delegate are not followed.</remarks>
internal sealed class ValueFlow
{
    private readonly Dictionary<ISymbol, HashSet<ISymbol>> _into = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, HashSet<ISymbol>> _origins = new(SymbolEqualityComparer.Default);

    public ValueFlow(Code code)
    {
        foreach (Function function in code.Functions)
        {
            foreach (IOperation operation in function.Runs())
            {
                Follow(function, operation);
            }

            foreach (IMethodSymbol declared in Declarations(function.Symbol))
            {
                Link(declared, function.Symbol);
            }
        }
    }

    /// <summary>Lists the functions of ours that a delegate may be.</summary>
    public IEnumerable<IMethodSymbol> Functions(IOperation value) => Origins(value).OfType<IMethodSymbol>();

    /// <summary>Lists where a value may come from.</summary>
    public IEnumerable<ISymbol> Origins(IOperation value) =>
        Sources(value).SelectMany(OriginsOf).Distinct(SymbolEqualityComparer.Default).OfType<ISymbol>();

    /// <summary>Determines whether users give this value: a parameter of a public member, or a public property that they set.</summary>
    public static bool IsPublicInput(ISymbol symbol) => symbol switch
    {
        IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.AnonymousFunction } method } => IsPublic(method),
        IPropertySymbol { SetMethod: { } setter } property => IsPublic(property) && IsPublic(setter),
        _ => false,
    };

    public static bool IsPublic(ISymbol symbol)
    {
        for (ISymbol? part = symbol; part is not null and not INamespaceSymbol; part = part.ContainingSymbol)
        {
            if (part.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
            {
                return false;
            }
        }

        return true;
    }

    private HashSet<ISymbol> OriginsOf(ISymbol symbol)
    {
        if (_origins.TryGetValue(symbol, out HashSet<ISymbol>? known))
        {
            return known;
        }

        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default) { symbol };
        var open = new Queue<ISymbol>([symbol]);
        while (open.TryDequeue(out ISymbol? next))
        {
            foreach (ISymbol source in _into.GetValueOrDefault(next) ?? [])
            {
                if (seen.Add(source))
                {
                    open.Enqueue(source);
                }
            }
        }

        return _origins[symbol] = seen;
    }

    private void Follow(Function function, IOperation operation)
    {
        switch (operation)
        {
            case IAssignmentOperation { Target: var target, Value: var value }:
                Flow(TargetOf(target), value);
                Flow(SetterOf(target), value);
                break;
            case IVariableDeclaratorOperation { Symbol: var local, Initializer: { } initial }:
                Flow(local, initial.Value);
                break;
            case IFieldInitializerOperation initial:
                initial.InitializedFields.ToList().ForEach(field => Flow(field, initial.Value));
                break;
            case IPropertyInitializerOperation initial:
                initial.InitializedProperties.ToList().ForEach(property => Flow(property, initial.Value));
                break;
            case IArgumentOperation { Parameter: { } parameter } argument:
                Flow(Trusted.IsOurs(parameter) ? parameter : ContainerOf(argument), argument.Value);
                break;
            case IInvocationOperation call when !Trusted.IsOurs(call.TargetMethod):
                FollowIntoLambdas(call);
                break;
            case IReturnOperation { ReturnedValue: { } returned }:
                Flow(function.Symbol, returned);
                break;
            case IForEachLoopOperation loop:
                loop.Locals.ToList().ForEach(local => Flow(local, loop.Collection));
                break;
            case IIsPatternOperation { Value: var value, Pattern: var pattern }:
                Flow(pattern, value);
                break;
        }
    }

    /// <summary>What the platform is given along with a lambda, it may give to the lambda.</summary>
    private void FollowIntoLambdas(IInvocationOperation call)
    {
        foreach (IAnonymousFunctionOperation lambda in call.Arguments.Select(argument => Lambda(argument.Value)).OfType<IAnonymousFunctionOperation>())
        {
            foreach (IParameterSymbol parameter in lambda.Symbol.Parameters.Where(parameter => IsFollowed(parameter.Type)))
            {
                Flow(parameter, [.. Sources(call.Instance), .. call.Arguments.Where(argument => Lambda(argument.Value) is null).SelectMany(argument => Sources(argument.Value))]);
            }
        }
    }

    private static IAnonymousFunctionOperation? Lambda(IOperation value) => value switch
    {
        IConversionOperation conversion => Lambda(conversion.Operand),
        IDelegateCreationOperation creation => creation.Target as IAnonymousFunctionOperation,
        _ => null,
    };

    private void Flow(IPatternOperation pattern, IOperation value)
    {
        switch (pattern)
        {
            case IDeclarationPatternOperation { DeclaredSymbol: { } declared }:
                Flow(declared, value);
                break;
            case IRecursivePatternOperation recursive:
                Flow(recursive.DeclaredSymbol, value);
                foreach (IPropertySubpatternOperation part in recursive.PropertySubpatterns)
                {
                    Flow(part.Pattern, part.Member);
                }

                break;
            case INegatedPatternOperation negated:
                Flow(negated.Pattern, value);
                break;
        }
    }

    private void Flow(ISymbol? target, IOperation value)
    {
        if (target is not null)
        {
            Flow(target, Sources(value));
        }
    }

    private void Flow(ISymbol target, IEnumerable<ISymbol> sources)
    {
        foreach (ISymbol source in sources)
        {
            if (!_into.TryGetValue(target.OriginalDefinition, out HashSet<ISymbol>? known))
            {
                _into[target.OriginalDefinition] = known = new(SymbolEqualityComparer.Default);
            }

            known.Add(source.OriginalDefinition);
        }
    }

    /// <summary>What a call gives to the declared method, its implementation gets; what that returns, the call gets.</summary>
    private void Link(IMethodSymbol declared, IMethodSymbol implementation)
    {
        for (int i = 0; i < declared.Parameters.Length; i++)
        {
            Flow(implementation.Parameters[i], [declared.Parameters[i]]);
        }

        Flow(declared, [implementation]);
        if (declared.AssociatedSymbol is IPropertySymbol property && implementation.AssociatedSymbol is IPropertySymbol own)
        {
            Flow(property, [own]);
            Flow(own, [property]);
        }
    }

    /// <summary>Lists what a method overrides or implements.</summary>
    private static IEnumerable<IMethodSymbol> Declarations(IMethodSymbol method)
    {
        for (IMethodSymbol? overridden = method.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
        {
            yield return overridden.OriginalDefinition;
        }

        if (method.ContainingType is not null && method.MethodKind is MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation or MethodKind.PropertyGet or MethodKind.PropertySet)
        {
            foreach (IMethodSymbol declared in method.ContainingType.AllInterfaces.SelectMany(contract => contract.GetMembers().OfType<IMethodSymbol>()))
            {
                if (SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(declared)?.OriginalDefinition, method))
                {
                    yield return declared.OriginalDefinition;
                }
            }
        }
    }

    /// <summary>Lists what a value is read from, directly.</summary>
    private static IEnumerable<ISymbol> Sources(IOperation? value) => value switch
    {
        null => [],
        { Type: INamedTypeSymbol { TypeKind: TypeKind.Class } own } when Trusted.IsOurs(own) => [own.OriginalDefinition], // Behind an interface stands an object of ours.
        { Type: { } type } when value is not IObjectCreationOperation && !IsFollowed(type) => [],
        IConversionOperation conversion => Sources(conversion.Operand),
        IDelegateCreationOperation creation => Sources(creation.Target),
        IMethodReferenceOperation method => [method.Method.OriginalDefinition],
        IAnonymousFunctionOperation lambda => [lambda.Symbol.OriginalDefinition],
        IParameterReferenceOperation parameter => [parameter.Parameter.OriginalDefinition],
        ILocalReferenceOperation local => [local.Local],
        IFieldReferenceOperation field => [field.Field.OriginalDefinition],
        IPropertyReferenceOperation property => Trusted.IsOurs(property.Property)
            ? [property.Property.OriginalDefinition, .. property.Property.GetMethod is { } getter ? [getter.OriginalDefinition] : Array.Empty<ISymbol>()]
            : [.. Sources(property.Instance), .. property.Arguments.SelectMany(argument => Sources(argument.Value))],
        IInvocationOperation call => Trusted.IsOurs(call.TargetMethod)
            ? [call.TargetMethod.OriginalDefinition]
            : [.. Sources(call.Instance), .. call.Arguments.SelectMany(argument => Sources(argument.Value))],
        IObjectCreationOperation creation => creation.Arguments.SelectMany(argument => Sources(argument.Value)),
        IConditionalOperation conditional => [.. Sources(conditional.WhenTrue), .. Sources(conditional.WhenFalse)],
        ICoalesceOperation coalesce => [.. Sources(coalesce.Value), .. Sources(coalesce.WhenNull)],
        ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => Sources(arm.Value)),
        IAwaitOperation awaited => Sources(awaited.Operation),
        IAssignmentOperation assignment => Sources(assignment.Value),
        IConditionalAccessOperation access => Sources(access.WhenNotNull),
        IConditionalAccessInstanceOperation instance => Sources(Accessed(instance)),
        IArrayElementReferenceOperation element => Sources(element.ArrayReference),
        ICollectionExpressionOperation list => list.Elements.SelectMany(element => Sources(element is ISpreadOperation spread ? spread.Operand : element)),
        IArrayCreationOperation { Initializer: { } initial } => initial.ElementValues.SelectMany(Sources),
        ITupleOperation tuple => tuple.Elements.SelectMany(Sources),
        _ => [],
    };

    /// <summary>Finds what <c>a?.B</c> is asked of.</summary>
    private static IOperation? Accessed(IOperation instance)
    {
        for (IOperation? outer = instance.Parent, inner = instance; outer is not null; inner = outer, outer = outer.Parent)
        {
            if (outer is IConditionalAccessOperation access && access.WhenNotNull == inner)
            {
                return access.Operation;
            }
        }

        return null;
    }

    // Delegates, collections behind an interface, and what may hold one of them. A value without a type is a lambda or a method's name.
    private static bool IsFollowed(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Delegate or TypeKind.Interface or TypeKind.TypeParameter or TypeKind.Error } => true,
        { SpecialType: SpecialType.System_Object } => true,
        IArrayTypeSymbol array => IsFollowed(array.ElementType),
        INamedTypeSymbol { IsGenericType: true } generic => generic.TypeArguments.Any(IsFollowed),
        _ => false,
    };

    private static ISymbol? TargetOf(IOperation target) => target switch
    {
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => Trusted.IsOurs(property.Property) ? property.Property : property.Instance is { } container ? TargetOf(container) : null,
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IArrayElementReferenceOperation element => TargetOf(element.ArrayReference),
        _ => null,
    };

    private static IParameterSymbol? SetterOf(IOperation target) =>
        target is IPropertyReferenceOperation { Property: { SetMethod: { } setter } property } && Trusted.IsOurs(property) ? setter.Parameters[^1] : null;

    /// <summary>Finds the collection of ours that a call of the platform's puts an argument into.</summary>
    private static ISymbol? ContainerOf(IArgumentOperation argument) => argument.Parent switch
    {
        IInvocationOperation { Instance: { } instance } => TargetOf(instance),
        IPropertyReferenceOperation { Instance: { } instance } => TargetOf(instance),
        _ => null,
    };
}
