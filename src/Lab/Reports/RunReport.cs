using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Pages;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;
using static System.FormattableString;

namespace LossSpikes.Lab.Reports;

/// <summary>report.html: one run on one page, its figures, a close-up and explanation of every spike, and the scores of its forecasts.</summary>
/// <param name="RunFigures">The figures of the whole run, by their files.</param>
/// <param name="SpikeFigures">Those of its first spikes.</param>
/// <param name="Page">The page.</param>
internal sealed record RunReport(IReadOnlyList<string> RunFigures, IReadOnlyList<string> SpikeFigures, string Page)
{
    /// <summary>The page's name in the run folder.</summary>
    public const string File = "report.html";

    private const int MostSpikes = 20;

    /// <summary>Everything that was written.</summary>
    public IEnumerable<string> Paths => [.. RunFigures, .. SpikeFigures, Page];

    /// <summary>Draws the figures and writes the page, replacing older ones.</summary>
    /// <exception cref="RunException">An event is none that this version knows.</exception>
    public static RunReport Write(RecordedRun run, FigureFormat format)
    {
        var figures = Reports.RunFigures.Draw(run, format);
        var page = new Page(run.Name);
        page.Paragraph(Story(run));
        if (run.Verdict is { Length: > 0 } verdict)
        {
            page.Paragraph($"Is this normal? {char.ToUpperInvariant(verdict[0])}{verdict[1..]}.");
        }

        if (Counterfactual(run) is { } replay)
        {
            page.Paragraph(replay);
        }

        foreach (var (figure, seen) in figures.Zip(Seen(run)))
        {
            page.Picture(figure, $"{seen}. {Story(run)}", $"{seen} (figures/{System.IO.Path.GetFileName(figure)}, data: metrics.csv)");
        }

        if (run.Settings is { } experiment)
        {
            page.Heading("Settings");
            page.Table(SettingsTable.Of(experiment));
        }

        var spikes = run.Spikes;
        if (spikes.Count > 0)
        {
            page.Heading("Spikes");
            page.Table(SpikeTable.Of(spikes));
        }

        var scores = run.Events.OfType<ForecastScoredEvent>().ToList();
        if (scores.Count > 0)
        {
            page.Heading("Forecasts against what came");
            page.Paragraph("Errors in steps, forecast minus actual. Baselines: for a crossing, a straight line and a parabola through recent values of S; "
                + "for a spike, the closed form, with relative errors of |x|.");
            page.Table(ScoreTable.Of(scores));
        }

        List<string> close = [];
        foreach (var spike in spikes.Take(MostSpikes))
        {
            page.Heading($"Spike {spike.Id}");
            page.Paragraph(spike.Describe() + ".");
            page.List(spike.LeftOut ?? []);
            var came = scores.LastOrDefault(s => s.Kind == ForecastKind.Spike && s.Actual == spike.PeakStep);
            var forecast = run.Events.OfType<ForecastEvent>().LastOrDefault(f => f.Kind == ForecastKind.Spike && f.Step == came?.ForecastStep);
            if (SpikeFigure.Draw(run, spike, forecast) is not { } figure)
            {
                page.Paragraph("metrics.csv holds none of its steps.");
                continue;
            }

            close.Add(figure.Save(run.FiguresDirectory, $"spike-{spike.Id}", format));
            page.Picture(
                close[^1], $"Loss, sharpness and gradient components around spike {spike.Id}. {spike.Describe()}",
                $"Steps {spike.OnsetStep}–{spike.EndStep}: the loss, S with the threshold, and the gradient along the tracked eigenvectors");
        }

        if (spikes.Count > MostSpikes)
        {
            page.Paragraph($"The other {spikes.Count - MostSpikes} spikes are in the table above and in events.jsonl.");
        }

        List<SpikeEvent> rises = [.. run.Rises.Where(r => r.Batch is not null)];
        if (rises.Count > 0)
        {
            page.Heading("Rises of the batch's loss without an instability");
            page.List([.. rises.Take(MostSpikes).Select(r => r.Describe() + ".")]);
        }

        if (rises.Count > MostSpikes)
        {
            page.Paragraph($"The other {rises.Count - MostSpikes} are in events.jsonl.");
        }

        var path = System.IO.Path.Combine(run.Directory, File);
        AtomicFile.WriteText(path, page.ToString());
        return new RunReport(figures, close, path);
    }

    /// <summary>What the figures show, in their order.</summary>
    private static string[] Seen(RecordedRun run) =>
    [
        $"Above the loss (logarithmic), below the largest eigenvalues of {run.Matrix} with the threshold {run.ThresholdFormula}, by step; spikes are shaded",
        "Above the sharpness with the threshold, below the gradient along the tracked eigenvectors, by step: an instability changes sign at every step",
    ];

    private static string? Counterfactual(RecordedRun run)
    {
        var file = System.IO.Path.Combine(run.Directory, "replay.json");
        try
        {
            return !System.IO.File.Exists(file) ? null
                : JsonNode.Parse(System.IO.File.ReadAllText(file)) is { } replay
                    ? $"This is a replay: spike {replay["spike"]} of {replay["run"]}, with {replay["change"]} at step {replay["at"]}."
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Story(RecordedRun run)
    {
        if (run.Metrics.Rows == 0)
        {
            return "Nothing has been measured.";
        }

        var last = run.Metrics.BatchLoss is null ? run.Metrics.Rows - 1 : Array.FindLastIndex(run.Metrics.Loss, l => !double.IsNaN(l));
        var crossing = run.FirstCrossing;
        var spikes = run.Spikes;
        var kinds = spikes.Where(s => s.Mechanism is not null).CountBy(s => s.Mechanism!.Value).Select(m => $"{m.Value} {EnumWords.Of(m.Key)}").ToList();
        string[] sentences =
        [
            Invariant($"The loss went from {run.Metrics.Loss[0]:G4} to {run.Metrics.Loss[last]:G4} in {run.Metrics.Steps[last]} steps."),
            crossing is null ? "The sharpness never passed the threshold." : $"The sharpness first passed the threshold at step {crossing}.",
            spikes.Count switch
            {
                0 => "There was no spike.",
                1 => Invariant($"There was 1 spike, ×{spikes[0].Rise:G4}"),
                _ => Invariant($"There were {spikes.Count} spikes, the highest ×{spikes.Max(s => s.Rise):G4}"),
            },
        ];
        var end = spikes.Count == 0 ? "" : kinds.Count == 0 ? "." : $": {string.Join(", ", kinds)}.";
        var others = RiseText.Of(run.Rises.Count(r => r.Kind == SpikeKind.Rise), run.Rises.Count(r => r.Kind == SpikeKind.Unmeasured),
            run.Rises.Select(r => r.Period).LastOrDefault(p => p is not null));
        return string.Join(' ', sentences) + end + (others.Length > 0 ? $" Apart from spikes: {others}." : "");
    }
}
