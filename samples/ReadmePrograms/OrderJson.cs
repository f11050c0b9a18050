using System.Text.Json.Serialization;

namespace ReadmePrograms;

// page: json context
[JsonSerializable(typeof(Order))]
internal sealed partial class OrderJson : JsonSerializerContext;
// end
