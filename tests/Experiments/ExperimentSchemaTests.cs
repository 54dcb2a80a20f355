using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;

namespace LossSpikes.Tests.Experiments;

public sealed class ExperimentSchemaTests
{
    [Fact]
    public void The_committed_schema_is_up_to_date() => Assert.True(
        File.ReadAllText(Repository.File("experiments/experiment.schema.json")).ReplaceLineEndings("\n") == ExperimentFile.Schema + "\n",
        "experiments/experiment.schema.json is out of date: run lab schema > experiments/experiment.schema.json");

    [Fact]
    public void The_schema_has_limits_choices_kinds_and_descriptions()
    {
        var schema = JsonNode.Parse(ExperimentFile.Schema)!;
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.Equal(["name", "objective", "optimizer", "steps"], schema["required"]!.AsArray().Select(key => (string)key!));
        var keys = schema["properties"]!;
        Assert.Equal((1.0, 1e8), ((double)keys["steps"]!["minimum"]!, (double)keys["steps"]!["maximum"]!));
        Assert.Equal(["float32", "float64", null], keys["dtype"]!["enum"]!.AsArray().Select(choice => (string?)choice));
        var descent = keys["optimizer"]!["anyOf"]![0]!;
        Assert.Equal("gd", (string?)descent["properties"]!["kind"]!["const"]);
        Assert.Equal(0.0, (double)descent["properties"]!["learning_rate"]!["exclusiveMinimum"]!);
        Assert.False((bool)descent["additionalProperties"]!);
        Assert.NotEmpty((string)descent["properties"]!["learning_rate"]!["description"]!);
        Assert.Equal(0.001, (double)keys["monitor"]!["properties"]!["tolerance"]!["default"]!);
        Assert.Equal(1.0, (double)keys["objective"]!["anyOf"]![0]!["properties"]!["model"]!["anyOf"]![0]!["properties"]!["hidden"]!["items"]!["minimum"]!);
    }

    [Fact]
    public void Every_key_has_a_description_and_only_rules_that_are_checked()
    {
        var records = new HashSet<Type>();
        Visit(typeof(Experiment));
        Assert.Contains(typeof(MlpSettings), records);

        void Visit(Type type)
        {
            var info = SettingsJson.Options.GetTypeInfo(type);
            if (info.ElementType is { } item)
            {
                Visit(item);
            }
            else if (info.Kind == JsonTypeInfoKind.Object && records.Add(type))
            {
                info.PolymorphismOptions?.DerivedTypes.ToList().ForEach(kind => Visit(kind.DerivedType));
                foreach (var key in info.Keys())
                {
                    Assert.True(key.AttributeProvider!.IsDefined(typeof(DescriptionAttribute), inherit: true), $"{type.Name}.{key.Name} has no description");
                    CheckRules($"{type.Name}.{key.Name}", Scalar(key.PropertyType), [.. key.Rules()]);
                    Visit(key.PropertyType);
                }
            }
        }
    }

    private static Type Scalar(Type type) =>
        SettingsJson.Options.GetTypeInfo(type).ElementType is { } item ? Scalar(item)
        : type == typeof(StepInterval) ? typeof(int)
        : Nullable.GetUnderlyingType(type) ?? type;

    // A whole number without limits could exceed its type; another rule would be ignored.
    private static void CheckRules(string key, Type type, ValidationAttribute[] rules)
    {
        var ranges = rules.OfType<RangeAttribute>().Count();
        var texts = rules.Count(rule => rule is RegularExpressionAttribute or FilePathAttribute && rule.ErrorMessage is not null);
        Assert.True(rules.Length == ranges + texts, $"{key} has a rule that is not checked");
        Assert.True(type != typeof(int) || ranges == 1, $"{key} is a whole number and needs a [Range]");
        Assert.True(ranges == 0 || type == typeof(int) || type == typeof(double), $"{key} has a [Range] but is no int or double");
        Assert.True(texts == 0 || type == typeof(string), $"{key} has a rule for text but is none");
    }
}
