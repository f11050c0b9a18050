using System.Text.Json.Serialization;

namespace Messaging.Engine.Tests.Producers;

[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IEnumerable<int>))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class OrderContext : JsonSerializerContext;
