using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Playground.Requests;
using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground.Figures;

/// <summary>Slider values in the query of an address.</summary>
internal static class SliderQuery
{
    /// <summary>Reads them; sliders that are not named stand where they stand at first.</summary>
    /// <exception cref="InputException">A name is unknown, or a value is no number that its slider allows.</exception>
    public static SliderValues Read(IReadOnlyList<Slider> sliders, IQueryCollection query)
    {
        var values = SliderValues.Defaults(sliders);
        foreach (var (name, text) in query)
        {
            var slider = sliders.FirstOrDefault(s => s.Name == name) ?? throw new InputException(
                $"{name} is not a slider of this figure; it has {string.Join(", ", sliders.Select(s => s.Name))}");
            values = StrictNumber.TryParse(text, out double value) && slider.Allows(value)
                ? values.With(name, value)
                : throw new InputException(
                    FormattableString.Invariant($"{name} must be a {(slider.Whole ? "whole " : "")}number from {slider.Low} to {slider.High}, not '{text}'"));
        }

        return values;
    }
}
