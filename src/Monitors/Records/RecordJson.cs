using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>Records as JSON: snake_case keys, numbers that are not finite as null; events with their kind first, under <c>event</c>.</summary>
public static class RecordJson
{
    /// <summary>The options of all JSON that the lab writes.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files, not web pages: + stays +
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new FiniteOrNull() },
    };

    /// <summary>The event as one line of JSON.</summary>
    public static string Write(MonitorEvent happened) => JsonSerializer.Serialize(happened, Options);

    /// <summary>The event that <see cref="Write"/> wrote as <paramref name="line"/>.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static MonitorEvent Read(string line) => JsonSerializer.Deserialize<MonitorEvent>(line, Options) ?? throw new JsonException("an event is an object");

    private sealed class FiniteOrNull : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
