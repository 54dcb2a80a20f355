using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Tests.Configuration;

/// <summary>Settings files of a record that is no experiment: the reader does not depend on the record.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private static readonly SettingsFile<Recipe> Recipes = new(new SettingsKind("recipe", "a", "title and minutes", "oven.degrees=180"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_record_is_read_and_written()
    {
        using var text = new StringWriter();
        SettingsFile<Recipe>.Write(Recipes.Load(_folder.Write("r.yaml", "title: bread\nminutes: 40\n"), ["oven.degrees=250"]), text);

        Assert.Equal("title: bread\nminutes: 40\noven:\n  degrees: 250\n", text.ToString());
        Assert.Contains("\"title\": \"LossSpikes recipe\"", Recipes.Schema, StringComparison.Ordinal);
        Assert.Contains("\"description\": \"The heat.\"", Recipes.Schema, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "r.yaml: expected keys such as title and minutes, but it is empty")]
    [InlineData("title: bread\nminute: 40\n", "r.yaml, line 2: minute is not a key of the recipe; did you mean minutes?")]
    [InlineData("title: bread\n", "r.yaml: the recipe needs the key minutes")]
    [InlineData("title: !x bread\n", "r.yaml, line 1: tags (words that start with !) have no meaning in a recipe")]
    [InlineData("title: bread\nminutes: 40\noven: { degrees: 900 }\n", "r.yaml, line 3: oven.degrees must be at least 50 and at most 300, but is 900")]
    [InlineData("title: \0", "r.yaml: expected a recipe file, which is UTF-8 text, but this is something else")]
    public void Messages_name_the_kind_of_the_file(string text, string message)
    {
        var path = _folder.Write("r.yaml", text);

        var refusal = Assert.Throws<SettingsException>(() => Recipes.Load(path, []));
        Assert.Equal(message, refusal.Message.Replace(_folder.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
    }

    [Fact]
    public void Messages_about_overrides_give_an_example_of_the_kind()
    {
        var path = _folder.Write("r.yaml", "title: bread\nminutes: 40\n");

        var refusal = Assert.Throws<SettingsException>(() => Recipes.Load(path, ["oven"]));
        Assert.Equal("--set oven: expected key.path=value, such as oven.degrees=180", refusal.Message);
    }

    private sealed record Recipe
    {
        [Description("The name.")]
        public required string Title { get; init; }

        [Description("The time.")]
        [Range(1, 1000)]
        public required int Minutes { get; init; }

        [Description("The oven.")]
        public Oven Oven { get; init; } = new();
    }

    private sealed record Oven
    {
        [Description("The heat.")]
        [Range(50, 300)]
        public int Degrees { get; init; } = 200;
    }
}
