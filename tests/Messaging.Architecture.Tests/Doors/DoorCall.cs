using Microsoft.CodeAnalysis;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>One place where the code of the library calls code that a user may supply.</summary>
/// <param name="Name">What is called: a type and its member, or for a delegate or collection the parameter or property that brings it in.</param>
/// <param name="Caller">The function that calls it.</param>
/// <param name="Node">Where.</param>
internal sealed record DoorCall(string Name, Function Caller, SyntaxNode Node)
{
    public string At(string rule, string what) => Caller.File.At(Node, rule, what);
}
