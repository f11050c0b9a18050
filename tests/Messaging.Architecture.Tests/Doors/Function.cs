using Messaging.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>A method, accessor, constructor, lambda or local function, with what runs when it is called.</summary>
/// <param name="Symbol">The function.</param>
/// <param name="File">Where it stands.</param>
/// <param name="Bodies">Its body, and of a constructor the initializers of fields and properties.</param>
internal sealed record Function(IMethodSymbol Symbol, SourceFile File, List<IOperation> Bodies)
{
    /// <summary>Lists what runs when the function runs: functions that are only defined in it do not.</summary>
    public IEnumerable<IOperation> Runs() => Bodies.SelectMany(body => Within(body));

    /// <summary>Lists an operation and those in it that run with it.</summary>
    public static IEnumerable<IOperation> Within(IOperation body)
    {
        var open = new Stack<IOperation>([body]);
        while (open.TryPop(out IOperation? operation))
        {
            yield return operation;
            foreach (IOperation child in operation.ChildOperations.Reverse())
            {
                if (child.Kind is not (OperationKind.AnonymousFunction or OperationKind.LocalFunction))
                {
                    open.Push(child);
                }
            }
        }
    }
}
