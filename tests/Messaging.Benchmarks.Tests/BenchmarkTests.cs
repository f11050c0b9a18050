using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks.Tests;

/// <summary>Each benchmark runs here with the first value of each of its parameters, so that it cannot rot.</summary>
public sealed class BenchmarkTests
{
    public static TheoryData<string, string> All { get; } = Find();

    [Theory]
    [MemberData(nameof(All))]
    public async Task Benchmark_RunTwice_Succeeds(string type, string method)
    {
        Type benchmark = typeof(Body).Assembly.GetType($"{typeof(Body).Namespace}.{type}", throwOnError: true)!;
        object instance = Activator.CreateInstance(benchmark)!;
        foreach (PropertyInfo property in benchmark.GetProperties())
        {
            if (property.GetCustomAttribute<ParamsAttribute>() is { } values)
            {
                property.SetValue(instance, values.Values[0]);
            }
        }

        await CallAsync<GlobalSetupAttribute>(instance);
        try
        {
            // Twice: what a run leaves behind must not be in the way of the next one.
            await CallAsync(instance, benchmark.GetMethod(method)!);
            await CallAsync(instance, benchmark.GetMethod(method)!);
        }
        finally
        {
            await CallAsync<GlobalCleanupAttribute>(instance);
        }
    }

    [Fact]
    public void Benchmarks_All_CountAllocations() =>
        Types().Where(type => type.GetCustomAttribute<MemoryDiagnoserAttribute>() is null).Should().BeEmpty();

    private static IEnumerable<Type> Types() => typeof(Body).Assembly.GetTypes().Where(type => Methods<BenchmarkAttribute>(type).Any());

    private static IEnumerable<MethodInfo> Methods<TAttribute>(Type type)
        where TAttribute : Attribute =>
        type.GetMethods().Where(method => method.GetCustomAttribute<TAttribute>() is not null);

    private static TheoryData<string, string> Find()
    {
        var all = new TheoryData<string, string>();
        foreach (Type type in Types())
        {
            foreach (MethodInfo method in Methods<BenchmarkAttribute>(type))
            {
                all.Add(type.Name, method.Name);
            }
        }

        return all;
    }

    private static async Task CallAsync<TAttribute>(object instance)
        where TAttribute : Attribute
    {
        foreach (MethodInfo method in Methods<TAttribute>(instance.GetType()))
        {
            await CallAsync(instance, method);
        }
    }

    private static async Task CallAsync(object instance, MethodInfo method)
    {
        if (method.Invoke(instance, BindingFlags.DoNotWrapExceptions, binder: null, parameters: null, culture: null) is Task task)
        {
            await task;
        }
    }
}
