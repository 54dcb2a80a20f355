using System.Globalization;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary><c>lab flow RUN</c> repeats the run up to its first step: what is repeated must be what was recorded.</summary>
public sealed class FlowOriginTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FlowOriginTests()
    {
        _folder.Write("points.csv", string.Join('\n', Enumerable.Range(0, 9).Select(i => $"{i - 4},{i % 3}").Prepend("x,y")) + "\n");
        _folder.Write("line.yaml", """
            name: line
            dtype: float64
            objective:
              kind: network
              data: { kind: csv, file: points.csv, targets: [y], predict: regression }
              model: { kind: mlp, hidden: [2], activation: tanh }
              loss: mse
            optimizer: { kind: gd, learning_rate: 0.1 }
            steps: 12
            """);
        Assert.Equal(0, LabResult.Run("run", _folder["line.yaml"], "--out", _folder["run"]).ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flow", "run", "--from", "7")]
    [InlineData("flow", "line.yaml", "--from", "7")]
    [InlineData("flow", "run", "--from", "7", "--set", "optimizer={ kind: gd, learning_rate: 0.1, weight_decay: 0 }")]
    [InlineData("run", "line.yaml", "--set", "flow={ kind: central, from: 7 }")]
    public void A_flow_begins_where_the_run_was_at_that_step(string command, string source, params string[] options)
    {
        var result = LabResult.Run([command, _folder[source], .. options, "--out", _folder["flow"]]);

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var (was, along) = (MetricsColumns.Read(_folder["run"]), MetricsColumns.Read(_folder["flow"]));
        Assert.Equal(was["loss"].Skip(7), along["run_loss"]);
        Assert.Equal(was["loss"][7], along["loss"][0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Changed_data_are_refused(int from)
    {
        var text = File.ReadAllText(_folder["points.csv"]);
        _folder.Write("points.csv", text.Replace("4,2", "4,9", StringComparison.Ordinal));

        Refused("the loss of step 0 was", Flow("--from", $"{from}"));
    }

    [Theory]
    [InlineData(7, 7, true)]
    [InlineData(3, 7, true)]
    [InlineData(8, 7, false)] // not repeated
    public void A_changed_record_is_refused_where_it_is_repeated(int changed, int from, bool refused)
    {
        ChangeLoss(changed, 1.02);

        if (refused)
        {
            Refused($"the loss of step {changed} was", Flow("--from", $"{from}"));
        }
        else
        {
            Assert.Equal(0, Flow("--from", $"{from}").ExitCode);
        }
    }

    [Fact]
    public void What_rounds_differently_within_a_percent_is_accepted()
    {
        ChangeLoss(7, 1.008);

        Assert.Equal(0, Flow("--from", "7").ExitCode);
    }

    [Fact]
    public void Another_experiment_by_set_is_not_the_run_and_is_not_compared()
    {
        Assert.Equal(0, Flow("--from", "7", "--set", "optimizer.learning_rate=0.4").ExitCode);
        ChangeLoss(2, 2);
        Directory.Delete(_folder["flow"], recursive: true);
        Refused("the loss of step 2 was", Flow("--from", "7", "--set", "monitor.eigenvalues=3"));
    }

    [Fact]
    public void A_flow_of_a_flow_is_compared_with_the_run_next_to_it()
    {
        Assert.Equal(0, Flow("--from", "2").ExitCode);
        var again = LabResult.Run("flow", _folder["flow"], "--from", "5", "--out", _folder["again"]);

        Assert.True(again.ExitCode == 0, again.Diagnostics);
        Assert.Equal(MetricsColumns.Read(_folder["run"])["loss"].Skip(5), MetricsColumns.Read(_folder["again"])["run_loss"]);
    }

    [Fact]
    public void Interrupted_before_the_flow_begins_there_is_no_folder()
    {
        using var diagnostics = new StringWriter();
        var experiment = ExperimentFile.Load(_folder["line.yaml"], ["flow.from=7"]);
        var outcome = ExperimentRunner.Run(
            experiment, _folder["flow"], new Terminal(TextWriter.Null, diagnostics, interactive: false), json: false, new CancellationToken(canceled: true));

        Assert.Equal(RunOutcome.Interrupted, outcome);
        Assert.False(Directory.Exists(_folder["flow"]));
        Assert.Equal("interrupted before the flow began: there is no run folder", diagnostics.ToString().Trim());
    }

    private void ChangeLoss(int step, double factor)
    {
        var file = Path.Combine(_folder["run"], "metrics.csv");
        var lines = File.ReadAllLines(file);
        var cells = lines[step + 1].Split(',');
        Assert.Equal($"{step}", cells[0]);
        cells[1] = (factor * double.Parse(cells[1], CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture);
        lines[step + 1] = string.Join(',', cells);
        File.WriteAllLines(file, lines);
    }

    private LabResult Flow(params string[] more) => LabResult.Run(["flow", _folder["run"], "--out", _folder["flow"], .. more]);

    private void Refused(string says, LabResult result)
    {
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        var sentence = Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n'));
        Assert.Contains($"{_folder["run"]} does not describe the run that was made: {says}", sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["flow"]));
    }
}
