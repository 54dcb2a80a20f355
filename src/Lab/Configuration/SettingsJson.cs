using System.ComponentModel.DataAnnotations;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Configuration;

/// <summary>How the records map to JSON: the names of keys and choices, and strictness. Reading, writing and the schema share it.</summary>
internal static class SettingsJson
{
    public static JsonSerializerOptions Options { get; } = Strict();

    /// <summary>The members of a record that are keys of the file, in order.</summary>
    public static IEnumerable<JsonPropertyInfo> Keys(this JsonTypeInfo type) => type.Properties.Where(property => property.Set is not null);

    /// <summary>The attributes a member's values are checked by; on a list they hold for each of its items.</summary>
    public static IEnumerable<ValidationAttribute> Rules(this JsonPropertyInfo key) =>
        key.AttributeProvider!.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).Cast<ValidationAttribute>();

    /// <summary>The names of an enum's values, as the file spells them.</summary>
    public static IReadOnlyList<string> Choices(Type choice) => [.. Enum.GetNames(choice).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>The kinds in the registry of a family of records, in its order: all of them, or those of a branch.</summary>
    /// <typeparam name="TFamily">The base record, whose attributes are the registry.</typeparam>
    /// <typeparam name="TBranch">The base of the kinds asked for; the family itself for all.</typeparam>
    public static IReadOnlyList<string> Kinds<TFamily, TBranch>() where TBranch : TFamily =>
    [
        .. Options.GetTypeInfo(typeof(TFamily)).PolymorphismOptions!.DerivedTypes
            .Where(kind => kind.DerivedType.IsAssignableTo(typeof(TBranch)))
            .Select(kind => (string)kind.TypeDiscriminator!),
    ];

    /// <summary>A value as a message shows it: on one line and short.</summary>
    public static string Shown(JsonNode? value) => Excerpt.Of(value?.ToJsonString(Options) ?? "empty");

    private static JsonSerializerOptions Strict()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            AllowOutOfOrderMetadataProperties = true,
            // The default escapes every letter outside ASCII, and people read this text.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}
