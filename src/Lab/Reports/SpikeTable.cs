using System.Globalization;
using LossSpikes.Lab.Pages;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Reports;

/// <summary>Spikes as a table: what was measured, and in parentheses what the theory predicts.</summary>
internal static class SpikeTable
{
    /// <summary>The table.</summary>
    public static PageTable Of(IReadOnlyList<SpikeEvent> spikes) => new(
        [
            "Spike", "Onset–peak–end", "Loss ×", "Outcome", "Mechanism", "Seed", "Highest S/T", "Growth per step", "Change of S to its top",
            "Rise of the loss", "Alignment with −∇S",
        ],
        [.. spikes.Select(Row)])
    {
        Caption = "Measured, and in parentheses predicted; – where there is no number.",
    };

    private static IReadOnlyList<PageCell> Row(SpikeEvent spike) =>
    [
        new PageCell(Number(spike.Id)) { Heads = true },
        $"{spike.OnsetStep}–{spike.PeakStep}–{spike.EndStep}",
        Number(spike.Rise),
        EnumWords.Of(spike.Outcome),
        spike.Mechanism is { } mechanism ? EnumWords.Of(mechanism) : "–",
        spike.Seed is { } seed ? EnumWords.Of(seed) : "–",
        Number(spike.SharpnessPeak / spike.Threshold),
        Pair(spike.GrowthPerStep),
        Pair(spike.SharpnessChange),
        Pair(spike.Height),
        Number(spike.Alignment),
    ];

    private static string Pair(MeasuredVsPredicted? pair) => pair is null ? "–" : $"{Number(pair.Measured)} ({Number(pair.Predicted)})";

    private static string Number(double? value) => value is { } number ? number.ToString("G4", CultureInfo.InvariantCulture) : "–";
}
