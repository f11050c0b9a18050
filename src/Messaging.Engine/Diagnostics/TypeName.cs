using System.Text;

namespace Messaging.Diagnostics;

/// <summary>A type's name as its author writes it: <c>System.Collections.Generic.List&lt;Shop.Order&gt;</c>, without arities, assemblies and versions.</summary>
internal static class TypeName
{
    /// <summary>Gets the name with its namespace, and those of its arguments in angle brackets.</summary>
    public static string Of(Type type)
    {
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Of(value)}?";
        }

        return type.IsGenericType ? Compose(type) : type.ToString();
    }

    /// <summary>Gets the name of a generic type of ours, for the type of its bodies.</summary>
    public static string Of(string name, Type body) => $"{name}<{Of(body)}>";

    /// <summary>Writes each type of a nesting with the arguments that are its own.</summary>
    private static string Compose(Type type)
    {
        var nesting = new Stack<Type>();
        for (Type? outer = type; outer is not null; outer = outer.DeclaringType)
        {
            nesting.Push(outer);
        }

        Type[] arguments = type.GetGenericArguments();
        var name = new StringBuilder(string.IsNullOrEmpty(type.Namespace) ? "" : $"{type.Namespace}.");
        int written = 0;
        while (nesting.TryPop(out Type? part))
        {
            int until = part.GetGenericArguments().Length;
            name.Append(part.Name.Split('`')[0]);
            if (until > written)
            {
                name.Append('<').AppendJoin(", ", arguments[written..until].Select(Of)).Append('>');
                written = until;
            }

            name.Append(nesting.Count > 0 ? "+" : "");
        }

        return name.ToString();
    }
}
