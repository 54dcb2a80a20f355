using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace LossSpikes.Lab.Configuration;

/// <summary>Checks one number, word or truth value against the type and the attributes of its key.</summary>
internal static class ScalarCheck
{
    public static void Check(JsonNode? value, Type type, JsonPropertyInfo key, SourceLocation place)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            CheckChoice(value, SettingsJson.Choices(type), place);
        }
        else if (type == typeof(bool))
        {
            if (value?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
            {
                throw place.Expected("true or false", value);
            }
        }
        else if (type == typeof(string))
        {
            CheckText(value, key, place);
        }
        else if (type == typeof(StepInterval))
        {
            CheckInterval(value, key, place);
        }
        else
        {
            CheckNumber(value, type, key, place);
        }
    }

    private static void CheckInterval(JsonNode? value, JsonPropertyInfo key, SourceLocation place)
    {
        if (value?.GetValueKind() is JsonValueKind.Number)
        {
            CheckNumber(value, typeof(int), key, place);
        }
        else if (value?.GetValueKind() is not JsonValueKind.String || value.GetValue<string>() != StepInterval.Auto)
        {
            throw place.Expected($"a whole number of steps, or {StepInterval.Auto}", value);
        }
    }

    private static void CheckChoice(JsonNode? value, IReadOnlyList<string> choices, SourceLocation place)
    {
        if (value?.GetValueKind() != JsonValueKind.String)
        {
            throw place.Expected($"one of: {string.Join(", ", choices)}", value);
        }

        if (!choices.Contains(value.GetValue<string>()))
        {
            throw place.Unknown(value, choices);
        }
    }

    private static void CheckText(JsonNode? value, JsonPropertyInfo key, SourceLocation place)
    {
        if (value?.GetValueKind() != JsonValueKind.String)
        {
            // Quotes turn a number or a truth value into text, but neither a list nor an empty value.
            throw place.Expected(value is JsonValue ? "text (in quotes)" : "text", value);
        }

        var broken = key.Rules().FirstOrDefault(rule => !rule.IsValid(value.GetValue<string>()));
        if (broken is not null)
        {
            throw place.Error($"{broken.ErrorMessage}, but is {SettingsJson.Shown(value)}");
        }
    }

    private static void CheckNumber(JsonNode? value, Type type, JsonPropertyInfo key, SourceLocation place)
    {
        var number = value?.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : double.NaN;
        if (type != typeof(double) && !double.IsInteger(number))
        {
            throw place.Expected("a whole number", value);
        }

        if (!double.IsFinite(number))
        {
            throw place.Expected("a number such as 0.5 or 1e-3", value);
        }

        var broken = key.Rules().OfType<RangeAttribute>().Select(range => new ValueLimits(range)).FirstOrDefault(limits => !limits.Admit(number));
        if (broken is not null)
        {
            throw place.Expected(broken.ToString(), value);
        }
    }
}
