using System.Diagnostics;
using System.Globalization;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using Spectre.Console;
using Spectre.Console.Rendering;
using Measurement = LossSpikes.Monitors.Measurement;

namespace LossSpikes.Lab.Views;

/// <summary>For a person at a terminal: a table of the present step above a progress bar, and events scrolling by above both.</summary>
internal sealed class LiveView(IAnsiConsole console, int steps, string thresholdFormula, RunStatistics statistics) : IRunView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _sinceDrawn = Stopwatch.StartNew();
    private LiveDisplayContext? _display;

    public T During<T>(Func<T> train) => console.Live(new Text("starting…")).Start(display =>
    {
        _display = display;
        return train();
    });

    public void Record(Measurement measurement)
    {
        // Drawn from the training thread: tensors stay where they are, and nothing has to be locked.
        if (_display is not null && (_sinceDrawn.Elapsed > Interval || measurement.Step == 0 || measurement.Step == steps))
        {
            _sinceDrawn.Restart();
            _display.UpdateTarget(Draw(measurement));
        }
    }

    public void Record(MonitorEvent happened)
    {
        if (happened.IsNotable)
        {
            console.WriteLine(happened.ToDisplayString());
        }
    }

    private IRenderable Draw(Measurement now)
    {
        var rate = now.Seconds > 0 ? now.Step / now.Seconds : 0;
        var left = rate > 0 ? TimeSpan.FromSeconds((steps - now.Step) / rate) : (TimeSpan?)null;
        var table = new Table().RoundedBorder().AddColumns(
            "step", "loss", "accuracy", "sharpness", $"T = {thresholdFormula}", "S/T", "events", "steps/s", "time left");
        table.AddRow(
            Show($"{now.Step} of {steps}"),
            Show($"{now.StepLoss:G5}"),
            Show($"{now.Accuracy:P1}"),
            Show($"{now.Sharpness:G5}"),
            Show($"{now.Threshold:G5}"),
            Show($"{now.Sharpness / now.Threshold:F3}"),
            statistics.Counts,
            Show($"{rate:F1}"),
            left is null ? "" : Show($"{(int)left.Value.TotalMinutes}:{left.Value.Seconds:00}"));
        return new Rows(table, new BreakdownChart().HideTags().Width(Math.Min(80, console.Profile.Width))
            .AddItem("done", now.Step, Color.Green).AddItem("left", Math.Max(0, steps - now.Step), Color.Grey));
    }

    private static string Show(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
