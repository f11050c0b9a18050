using System.Reflection;

namespace Messaging.Abstractions.Tests;

/// <summary>Anybody can make the default value of a public structure: reading it and comparing it throws nothing that speaks of our insides.</summary>
public sealed class DefaultValueTests
{
    [Fact]
    public void Structs_TheirDefaultValues_CanBeRead()
    {
        Type[] types = [.. typeof(Delivery<>).Assembly.GetExportedTypes().Where(type => type is { IsValueType: true, IsEnum: false })
            .Select(type => type.IsGenericTypeDefinition ? type.MakeGenericType(typeof(string)) : type)];

        string[] wrong = [.. types.SelectMany(WrongIn)];

        types.Should().Contain([typeof(Delivery<string>), typeof(Message<string>), typeof(Receipt), typeof(MessageId), typeof(DeliveryToken)]);
        wrong.Should().BeEmpty();
    }

    private static IEnumerable<string> WrongIn(Type type)
    {
        object value = Activator.CreateInstance(type)!;
        if (Thrown(value.ToString) is { } inWords)
        {
            yield return $"{type}.ToString: {inWords}";
        }

        if (Thrown(() => value.GetHashCode()) is { } inNumbers)
        {
            yield return $"{type}.GetHashCode: {inNumbers}";
        }

        if (Thrown(() => value.Equals(Activator.CreateInstance(type))) is { } compared)
        {
            yield return $"{type}.Equals: {compared}";
        }

        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0))
        {
            if (Thrown(() => property.GetValue(value)) is { } thrown && thrown is not InvalidOperationException)
            {
                yield return $"{type}.{property.Name}: {thrown}";
            }
        }
    }

    private static Exception? Thrown(Func<object?> call)
    {
        Exception? thrown = Record.Exception(() => { _ = call(); });
        return thrown is TargetInvocationException { InnerException: { } inner } ? inner : thrown;
    }
}
