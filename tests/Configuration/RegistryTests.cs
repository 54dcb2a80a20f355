using System.Reflection;
using System.Text.Json.Serialization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;

namespace LossSpikes.Tests.Configuration;

/// <summary>The registries of kinds: a kind is one file and one line in the registry of its family.</summary>
public sealed class RegistryTests
{
    private static readonly Type[] Types = typeof(Experiment).Assembly.GetTypes();

    public static TheoryData<string> Families =>
        [.. Types.Where(type => type.IsDefined(typeof(JsonPolymorphicAttribute), inherit: false)).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_kind_is_registered_in_its_family_under_a_unique_name(string name)
    {
        var family = Types.Single(type => type.Name == name);
        var registry = family.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).ToList();

        Assert.NotEmpty(registry);
        Assert.Equal(
            Types.Where(type => type.IsSubclassOf(family) && !type.IsAbstract).Select(type => type.Name).Order(StringComparer.Ordinal),
            registry.Select(kind => kind.DerivedType.Name).Order(StringComparer.Ordinal));
        Assert.Equal(registry.Count, registry.Select(kind => kind.TypeDiscriminator).Distinct().Count());
        Assert.All(registry, kind => Assert.True(kind.DerivedType.IsSealed, $"{kind.DerivedType.Name} is not sealed"));
    }

    [Fact]
    public void Kinds_are_listed_in_the_order_of_the_registry_and_for_one_branch_alone()
    {
        Assert.Equal(["even", "odd", "prime"], SettingsJson.Kinds<Number, Number>());
        Assert.Equal(["odd", "prime"], SettingsJson.Kinds<Number, Odd>());
    }

    [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
    [JsonDerivedType(typeof(Even), "even")]
    [JsonDerivedType(typeof(Odd), "odd")]
    [JsonDerivedType(typeof(Prime), "prime")]
    private abstract record Number;

    private sealed record Even : Number;

    private record Odd : Number;

    private sealed record Prime : Odd;
}
