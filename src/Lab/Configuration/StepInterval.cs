using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Configuration;

/// <summary>An interval in steps, or <c>auto</c>: as often as the run asks.</summary>
/// <param name="Steps">The interval; null for auto.</param>
[JsonConverter(typeof(Converter))]
internal readonly record struct StepInterval(int? Steps)
{
    /// <summary>How the file spells an interval that is decided as the run goes.</summary>
    public const string Auto = "auto";

    public override string ToString() => Steps?.ToString(CultureInfo.InvariantCulture) ?? Auto;

    private sealed class Converter : JsonConverter<StepInterval>
    {
        public override StepInterval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : null);

        public override void Write(Utf8JsonWriter writer, StepInterval value, JsonSerializerOptions options)
        {
            if (value.Steps is { } steps)
            {
                writer.WriteNumberValue(steps);
            }
            else
            {
                writer.WriteStringValue(Auto);
            }
        }
    }
}
