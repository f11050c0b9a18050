using System.Text.Json.Serialization;

namespace Quickstart;

/// <summary>The types that become JSON, known at compile time: no reflection, ready for Native AOT.</summary>
[JsonSerializable(typeof(Line))]
[JsonSerializable(typeof(HandledLine))]
[JsonSerializable(typeof(TextInput))]
[JsonSerializable(typeof(WorkerProgress))]
internal sealed partial class QuickstartJson : JsonSerializerContext;
