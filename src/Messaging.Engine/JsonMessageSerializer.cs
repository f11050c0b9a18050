using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Messaging;

/// <summary>The default serializer: JSON by System.Text.Json.</summary>
/// <remarks>With Native AOT or trimming, give it the <see cref="JsonSerializerContext"/> that knows the types of the bodies.</remarks>
public sealed class JsonMessageSerializer : IMessageSerializer
{
    private readonly JsonSerializerOptions _options;
    private readonly JsonWriterOptions _writerOptions;

    /// <summary>Creates a serializer over System.Text.Json's defaults.</summary>
    public JsonMessageSerializer()
        : this(new JsonSerializerOptions())
    {
    }

    /// <summary>Creates a serializer that knows the types of a source-generated context.</summary>
    /// <param name="context">The context.</param>
    public JsonMessageSerializer(JsonSerializerContext context)
        : this((context ?? throw new ArgumentNullException(nameof(context))).Options)
    {
    }

    /// <summary>Creates a serializer with options of the application's own.</summary>
    /// <param name="options">The options; they are made read-only.</param>
    public JsonMessageSerializer(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsReadOnly)
        {
            options.TypeInfoResolver ??= DefaultResolver();
            options.MakeReadOnly();
        }

        _options = options;
        _writerOptions = new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            NewLine = options.NewLine,
            MaxDepth = options.MaxDepth,
            SkipValidation = true,
        };
    }

    /// <inheritdoc/>
    public void Serialize<T>(T body, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, _writerOptions);
        JsonSerializer.Serialize(writer, body, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)));
    }

    /// <inheritdoc/>
    public T Deserialize<T>(ReadOnlyMemory<byte> data) =>
        JsonSerializer.Deserialize(data.Span, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)))!;

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reached only where the application left reflection on.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Reached only where the application left reflection on.")]
    private static IJsonTypeInfoResolver DefaultResolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}
