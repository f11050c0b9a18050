using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>What looks foreign to <see cref="DoorFinder"/> and is not, each with the reason.</summary>
internal static class Trusted
{
    /// <summary>Types that may be derived from or implemented, whose objects are never a user's where the library uses them.</summary>
    private static readonly (string Types, string Reason)[] _types =
    [
        ("IDeliverySettler IMessageBroker IQueue ITopic ISubscription IProducer IConsumer IWorker IDeadLetterQueue DeadLetter",
            "the engine implements them; a transport that does so too is not called by the engine"),
        ("Assembly Type CultureInfo Encoding UTF8Encoding SearchValues StringComparer TaskScheduler", "the platform's own objects, taken from its static members"),
        ("List Dictionary Queue Stack HashSet SortedDictionary PriorityQueue ChannelReader ChannelWriter",
            "the platform's collections, created by us; what users give stands behind an interface"),
        ("Task TaskCompletionSource CancellationTokenSource", "created by us; what runs at their end is the doors 'token callbacks' and 'awaiting caller'"),
        ("FileStream FileSystemInfo Stream StreamReader", "files and resources that the SQLite store opens itself"),
        ("IBufferWriter", "the engine gives it: to its own codec and to serializers"),
    ];

    /// <summary>Type parameters that never stand for a user's type.</summary>
    private static readonly (string Type, string Reason)[] _parameters =
    [
        ("SparseSegments", "its keys are numbers"),
        ("Ensure", "enumerations of ours"),
        ("StateEntry", "the state of a log message of ours"),
    ];

    /// <summary>Calls of the platform that keep, pass on or compare by reference what they are given, and ask nothing of it.</summary>
    private static readonly string[] _keeping = ["ThrowIfNull", "ThrowIf", "ReferenceEquals", "CompareExchange", "Exchange", "Write", "Read", "Add", "KeepAlive", "OnCompleted", "ExecutionContext.Run", "SetSynchronizationContext"];

    /// <summary>Delegates that come from nowhere in the source, with the reason.</summary>
    private static readonly (string Member, string Reason)[] _ownDelegates =
    [
        ("Log", "the formatter that the platform's source generator writes for our log messages"),
    ];

    /// <summary>Calls that only a test makes.</summary>
    private static readonly (string Call, string Function, string Reason)[] _inTests =
    [
        ("CancellationTokenSource.Cancel", "WorkContext.CancelAsync", "only where a test runs everything in one place; otherwise CancelAsync is called"),
    ];

    /// <summary>Questions that rule a door out where the answer is yes.</summary>
    private static readonly (string Question, string Calls, string Reason)[] _proofs =
    [
        ("RetryDecision.IsOurs", "RetryPolicy.", "a policy of ours answers at once and calls nobody"),
    ];

    /// <summary>Functions in which a door is as good as ruled out.</summary>
    private static readonly (string Function, string Calls, string Reason)[] _within =
    [
        ("WriterFailure.OfCommit", "Exception.", "the exception is the store's, for which the writer's thread is there"),
        ("WriterFailure.Of", "Exception.", "the exception is the store's, for which the writer's thread is there"),
        ("StoreFailure.End", "Exception.", "the exception is the store's, for which the writer's thread is there"),
        ("DeadLettering.Hold", "RetryPolicy.", "it asks a user's policy in place only for a caller who waits, which no thread of the engine's does"),
        ("Committer.Refuse", "Exception.", "the exception is the store's, for which the writer's thread is there"),
    ];

    /// <summary>Contracts that users implement: the library gives the arguments of their members, so these are no user's.</summary>
    private static readonly string[] _contracts = ["IMessageStore", "IMessageSerializer", "RetryPolicy"];

    public static bool Is(INamedTypeSymbol type) => _types.Any(trusted => trusted.Types.Split(' ').Contains(type.Name));

    public static bool IsOurs(ISymbol symbol) => !symbol.OriginalDefinition.DeclaringSyntaxReferences.IsEmpty
        || (symbol.ContainingType is { } type && !type.OriginalDefinition.DeclaringSyntaxReferences.IsEmpty);

    /// <summary>Determines whether a value of this origin is given by the user.</summary>
    public static bool IsUsers(ISymbol origin) => ValueFlow.IsPublicInput(origin) && !IsOfContract(origin) && !IsOwnDelegate(origin);

    public static bool IsOwnDelegate(ISymbol origin) =>
        origin is IParameterSymbol { ContainingSymbol: IMethodSymbol { ContainingType.Name: var type, Name: var method } }
        && type.EndsWith("Logger", StringComparison.Ordinal) && _ownDelegates.Any(own => own.Member == method);

    public static bool IsInTestsOnly(string call, string function) => _inTests.Any(trusted => (trusted.Call, trusted.Function) == (call, function));

    /// <summary>Finds the calls that an operation cannot come to, since it runs only after a question was answered with yes.</summary>
    public static string? RuledOutAt(Function function, IOperation operation)
    {
        foreach ((string place, string calls, _) in _within)
        {
            if (place == $"{function.Symbol.ContainingType?.Name}.{function.Symbol.Name}")
            {
                return calls;
            }
        }

        for (IOperation? inner = operation; inner.Parent is { } outer; inner = outer)
        {
            IEnumerable<(IOperation Condition, bool Answer)> answers = outer switch
            {
                IConditionalOperation choice when choice.WhenTrue == inner => [(choice.Condition, true)],
                IConditionalOperation choice when choice.WhenFalse == inner => [(choice.Condition, false)],
                IBlockOperation block => block.Operations.TakeWhile(statement => statement != inner).OfType<IConditionalOperation>()
                    .Where(static choice => choice.WhenFalse is null && Ends(choice.WhenTrue)).Select(static choice => (choice.Condition, false)),
                _ => [],
            };
            if (answers.Select(static answer => RuledOutBy(answer.Condition, answer.Answer)).FirstOrDefault(static calls => calls is not null) is { } ruledOut)
            {
                return ruledOut;
            }
        }

        return null;
    }

    /// <summary>Determines whether nothing runs behind a branch once it was taken.</summary>
    private static bool Ends(IOperation branch) => branch switch
    {
        IReturnOperation or IThrowOperation => true,
        IExpressionStatementOperation { Operation: IThrowOperation } => true,
        IBlockOperation { Operations: [.., var last] } => Ends(last),
        _ => false,
    };

    private static string? RuledOutBy(IOperation condition, bool answer) => condition switch
    {
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => RuledOutBy(not.Operand, !answer),
        IInvocationOperation { TargetMethod: { } asked } when answer =>
            _proofs.FirstOrDefault(proof => proof.Question == $"{asked.ContainingType.Name}.{asked.Name}").Calls,
        _ => null,
    };

    public static bool IsOwnParameter(ITypeParameterSymbol parameter) =>
        _parameters.Any(trusted => trusted.Type == parameter.ContainingSymbol.Name || trusted.Type == parameter.ContainingType?.Name);

    public static bool IsKeptOnly(IArgumentOperation argument) =>
        argument.Parent is IInvocationOperation { TargetMethod: { } method } && (_keeping.Contains(method.Name) || _keeping.Contains($"{method.ContainingType.Name}.{method.Name}"));

    /// <summary>Determines whether the exceptions that a place can catch are ours or the platform's. The SQLite store runs no code of the user's.</summary>
    public static bool ThrowsOwnOnly(IOperation place) => place.Syntax.SyntaxTree.FilePath.StartsWith("src/Messaging.Sqlite/", StringComparison.Ordinal);

    /// <summary>Determines whether a type is a collection behind an interface: what it is depends on who gave it.</summary>
    public static bool IsCollection(ITypeSymbol type) => type.TypeKind == TypeKind.Interface
        && (type.ContainingNamespace.ToDisplayString().StartsWith("System.Collections", StringComparison.Ordinal) || type.Name == "IGrouping");

    /// <summary>Determines whether a value of a type may be, or hold, one of a kind.</summary>
    public static bool MayHold(ITypeSymbol? type, Func<ITypeSymbol, bool> isMeant) => type switch
    {
        null => false,
        _ when isMeant(type) => true,
        { SpecialType: SpecialType.System_Object } => true,
        IArrayTypeSymbol array => MayHold(array.ElementType, isMeant),
        INamedTypeSymbol { IsGenericType: true } generic => generic.TypeArguments.Any(argument => MayHold(argument, isMeant)),
        _ => false,
    };

    private static bool IsOfContract(ISymbol origin) =>
        origin is IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Ordinary }, ContainingType: { } type }
        && (_contracts.Contains(type.Name) || _contracts.Contains(type.BaseType?.Name) || type.AllInterfaces.Any(contract => _contracts.Contains(contract.Name)));
}
