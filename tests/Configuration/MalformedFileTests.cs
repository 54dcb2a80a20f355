using CsCheck;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Tests.Experiments;

namespace LossSpikes.Tests.Configuration;

public sealed class MalformedFileTests : IDisposable
{
    private const string NotText = "x.yaml: expected an experiment file, which is UTF-8 text, but this is something else";
    private const string Syntax = "expected valid YAML; check indentation (spaces, no tabs), quotes and brackets around here";

    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "x.yaml: expected keys such as name, objective, optimizer and steps, but it is empty")]
    [InlineData("# nothing\n", "x.yaml: expected keys such as name, objective, optimizer and steps, but it is empty")]
    [InlineData("- a\n- b", "x.yaml: expected keys such as name, objective, optimizer and steps, but it is [\"a\",\"b\"]")]
    [InlineData("name: a\n---\nname: b", "x.yaml, line 2: expected one document, but a second one starts here")]
    [InlineData("name: !!str a", "x.yaml, line 1: tags (words that start with !) have no meaning in an experiment")]
    [InlineData("name: *a", "x.yaml, line 1: expected the name of an anchor that is defined before its use here")]
    [InlineData("name: &a [*a]", "x.yaml, line 1: expected the name of an anchor that is defined before its use here")]
    [InlineData("name: a\n? [b]\n: c", "x.yaml, line 2: expected a key, which is a single word")]
    [InlineData("name: a\n\"\": c", "x.yaml, line 2: expected a key, which is a single word")]
    [InlineData("name: a: b", "x.yaml, line 1: " + Syntax)]
    [InlineData("name: a\noptimizer: { kind: gd,", "x.yaml, line 3: " + Syntax)]
    [InlineData("name: a\nsteps: \"10\nseed: 1", "x.yaml, line 2: " + Syntax)]
    [InlineData("a: \0", NotText)]
    public void A_malformed_file_is_refused_in_one_sentence(string text, string message) => Assert.Equal(message, _folder.Refusal(text));

    [Fact]
    public void Files_that_are_not_text_are_refused()
    {
        var path = Path.Combine(_folder.Folder, "x.yaml");
        File.WriteAllBytes(path, [0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x1a]);
        Assert.Equal(NotText, _folder.Refusal(() => ExperimentFile.Load(path, [])));
    }

    [Fact]
    public void Missing_files_are_named_with_the_nearest_one()
    {
        _folder.Save("", "edge-of-stability.yaml");
        Assert.Equal(
            "edge-of-stabilty.yaml: there is no such file; did you mean edge-of-stability.yaml?",
            _folder.Refusal(() => ExperimentFile.Load(Path.Combine(_folder.Folder, "edge-of-stabilty.yaml"), [])));
        Assert.Equal("no/such.yaml: there is no such file", _folder.Refusal(() => ExperimentFile.Load("no/such.yaml", [])));
        Assert.Equal(": there is no such file", _folder.Refusal(() => ExperimentFile.Load("", [])));
        Assert.Equal("/: expected an experiment file, but this is a folder", _folder.Refusal(() => ExperimentFile.Load("/", [])));
    }

    [Fact]
    public void Files_that_cannot_be_read_are_refused()
    {
        var path = _folder.Save(ExperimentFolder.Minimal);
        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal("x.yaml: the file could not be read; check its permissions", _folder.Refusal(() => ExperimentFile.Load(path, [])));
    }

    [Fact]
    public void Huge_files_are_refused() =>
        Assert.Equal("x.yaml: expected an experiment file of at most 1 MB", _folder.Refusal(new string('#', (1 << 20) + 1)));

    [Theory]
    [InlineData("[")]
    [InlineData("[\n")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Deep_nesting_is_refused_before_it_overflows_the_stack(string opening) =>
        Assert.EndsWith("expected at most 32 levels of nesting", _folder.Refusal(string.Concat(Enumerable.Repeat(opening, 250_000))), StringComparison.Ordinal);

    [Fact]
    public void Copies_of_copies_are_refused_before_they_fill_the_memory()
    {
        static string Ninefold(char name, string item) => $"{name}: &{name} [{string.Join(", ", Enumerable.Repeat(item, 9))}]\n";
        var laughs = Ninefold('a', "x") + string.Concat("bcdefghi".Select(name => Ninefold(name, $"*{(char)(name - 1)}")));
        Assert.Equal("x.yaml, line 5: expected at most 10000 keys and values, copies of anchors included", _folder.Refusal(laughs));
        var (open, close) = (new string('[', 20), new string(']', 20));
        Assert.Equal("x.yaml, line 2: expected at most 32 levels of nesting", _folder.Refusal($"a: &a {open}{close}\nb: {open}*a{close}"));
    }

    [Fact]
    public void Every_truncation_loads_or_is_refused_in_one_sentence()
    {
        var text = File.ReadAllText(Repository.File("experiments/edge-of-stability.yaml"));
        for (var length = 0; length < text.Length; length++)
        {
            LoadsOrIsRefused(text[..length]);
        }
    }

    [Fact]
    public void Any_damage_loads_or_is_refused_in_one_sentence()
    {
        var debris = Gen.OneOf(
            "[", "]", "{", "}", ":", "\n", " ", "\t", "\"", "'", "&a ", "*a", "!", "%", "#", "- ", "? ", "|\n", ">", "--- ", "...\n",
            "\u0085", "é", "0", "<<", "@", ",", "\\", "\r", "\uFEFF");
        Gen.Select(Gen.Int[0, 400], Gen.Int[0, 12], debris).List[1, 4].Sample(
            blows => LoadsOrIsRefused(blows.Aggregate(ExperimentFolder.Minimal, (text, blow) =>
            {
                var at = Math.Min(blow.Item1, text.Length);
                return text.Remove(at, Math.Min(blow.Item2, text.Length - at)).Insert(at, blow.Item3);
            })),
            iter: 500, threads: 1);
    }

    private void LoadsOrIsRefused(string text)
    {
        try
        {
            _folder.Load(text);
        }
        catch (SettingsException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
        }
    }
}
