using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace LossSpikes.Lab.Configuration;

/// <summary>Makes the JSON schema of a kind of settings file out of its records and their attributes.</summary>
internal static class SettingsSchema
{
    /// <summary>The schema of files that describe a <paramref name="type"/>.</summary>
    public static string Of(Type type, string title)
    {
        var exporter = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };
        var schema = (JsonObject)SettingsJson.Options.GetJsonSchemaAsNode(type, exporter);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema.ToJsonString(new JsonSerializerOptions(SettingsJson.Options) { WriteIndented = true, NewLine = "\n" });
    }

    /// <summary>Adds to the schema of one type or key what its attributes say.</summary>
    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode node)
    {
        if (context.TypeInfo.Type == typeof(StepInterval) && node is JsonValue or JsonObject { Count: 0 })
        {
            node = new JsonObject { ["type"] = new JsonArray("integer", "string"), ["pattern"] = $"^{StepInterval.Auto}$" };
        }

        if (node is not JsonObject schema)
        {
            return node;
        }

        var described = context.PropertyInfo?.AttributeProvider ?? context.TypeInfo.Type;
        if (described.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute text])
        {
            schema.Insert(0, "description", text.Description);
        }

        if (context.PropertyInfo is { } key)
        {
            AddRules(key, schema);
            AddDefault(key, schema);
        }

        return schema;
    }

    private static void AddRules(JsonPropertyInfo key, JsonObject schema)
    {
        // The rules of a list, or of values by step, are those of its items.
        while ((schema["items"] ?? schema["additionalProperties"]) is JsonObject items)
        {
            schema = items;
        }

        foreach (var rule in key.Rules())
        {
            if (rule is RangeAttribute range)
            {
                var limits = new ValueLimits(range);
                schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = limits.Minimum;
                if (limits.HasMaximum)
                {
                    schema[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = limits.Maximum;
                }
            }
            else if (rule is RegularExpressionAttribute expression)
            {
                schema["pattern"] = $"^({expression.Pattern})$";
            }
        }
    }

    private static void AddDefault(JsonPropertyInfo key, JsonObject schema)
    {
        // An abstract record has its defaults in each of the records derived from it.
        var type = key.DeclaringType;
        type = type.IsAbstract ? type.Assembly.GetTypes().First(t => !t.IsAbstract && t.IsSubclassOf(type)) : type;
        if (!key.IsRequired && SettingsJson.Options.GetTypeInfo(type).CreateObject?.Invoke() is { } fresh
            && JsonSerializer.SerializeToNode(key.Get!(fresh), key.PropertyType, SettingsJson.Options) is JsonValue value)
        {
            schema["default"] = value;
        }
    }
}
