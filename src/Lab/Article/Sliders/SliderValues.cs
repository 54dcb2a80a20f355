namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Where the sliders of a figure stand.</summary>
internal sealed class SliderValues
{
    private readonly Dictionary<string, double> _values;

    private SliderValues(Dictionary<string, double> values) => _values = values;

    /// <summary>The value of one slider.</summary>
    public double this[string name] => _values[name];

    /// <summary>All of them, in the order of the sliders.</summary>
    public IReadOnlyDictionary<string, double> All => _values;

    /// <summary>Every slider where it stands at first.</summary>
    public static SliderValues Defaults(IEnumerable<Slider> sliders) => new(sliders.ToDictionary(s => s.Name, s => s.Default));

    /// <summary>The same with one slider moved.</summary>
    public SliderValues With(string name, double value) => new(new Dictionary<string, double>(_values) { [name] = value });
}
