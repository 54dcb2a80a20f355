using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Runs;

/// <summary>Reads numbers of events; JSON has none that are not finite, so these stand there as text or null.</summary>
internal sealed class RecordedNumberConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.Null => double.NaN,
        JsonTokenType.String when NumberText.TryParse(Encoding.UTF8.GetBytes(reader.GetString()!), out var value) => value,
        _ => throw new JsonException("expected a number"),
    };

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => throw new NotSupportedException();
}
