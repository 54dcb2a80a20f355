using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Tests.Experiments;

namespace LossSpikes.Tests.Configuration;

public sealed class OverrideTests : IDisposable
{
    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Overrides_replace_and_add_values()
    {
        var experiment = _folder.Load(
            ExperimentFolder.Minimal, "optimizer.learning_rate=0.2", "optimizer.learning_rate=5e-2", "monitor.every=5", "objective.model.hidden=[50, 50]",
            "stop={ loss: 1e-6 }", "name=no", "device=cuda:0", "dtype=null", "objective.data={kind: digits, examples: 7}");
        Assert.Equal(0.05, Assert.IsType<GradientDescentSettings>(experiment.Optimizer).LearningRate);
        Assert.Equal(5, experiment.Monitor.Every.Steps);
        Assert.Equal(1e-6, experiment.Stop.Loss);
        Assert.Equal(("no", "cuda:0", null), (experiment.Name, experiment.Device, experiment.Dtype));
        var network = Assert.IsType<NetworkSettings>(experiment.Objective);
        Assert.Equal([50, 50], Assert.IsType<MlpSettings>(network.Model).Hidden);
        Assert.Equal(7, Assert.IsType<DigitsSettings>(network.Data).Examples);
    }

    [Fact]
    public void Overrides_can_correct_what_the_file_lacks_or_has_wrong()
    {
        Assert.Equal(3, _folder.Load(ExperimentFolder.Minimal.Replace("steps: 10", "steps: many"), "steps=3").Steps);
        Assert.Equal(3, _folder.Load(ExperimentFolder.Minimal.Replace("steps: 10", ""), "steps=3").Steps);
        Assert.Equal(9, _folder.Load(ExperimentFolder.Minimal + "\nmonitor:", "monitor.every=9").Monitor.Every.Steps);
        Assert.Equal("123", _folder.Load(ExperimentFolder.Minimal, "name='123'").Name);
    }

    [Theory]
    [InlineData("optimizer.learning_rat=1", "optimizer.learning_rat is not a key of optimizer; did you mean learning_rate?")]
    [InlineData("optimiser.learning_rate=1", "optimiser is not a key of the experiment; did you mean optimizer?")]
    [InlineData("steps=many", "steps must be a whole number, but is \"many\"")]
    [InlineData("steps=", "steps must be a whole number, but is empty")]
    [InlineData("objective.model.hidden=[3, x]", "objective.model.hidden[1] must be a whole number, but is \"x\"")]
    [InlineData("objective.model.hidden=[3", "expected valid YAML; check indentation (spaces, no tabs), quotes and brackets around here")]
    [InlineData("objective.model.hidden.0=3", "objective.model.hidden has no keys; set it as a whole")]
    [InlineData("steps.x=3", "steps has no keys; set it as a whole")]
    [InlineData("optimizer={ kind: gd }", "optimizer needs the key learning_rate")]
    [InlineData("steps", "expected key.path=value, such as optimizer.learning_rate=0.05")]
    [InlineData("=3", "expected key.path=value, such as optimizer.learning_rate=0.05")]
    [InlineData("monitor..every=3", "expected key.path=value, such as optimizer.learning_rate=0.05")]
    public void Errors_name_the_override(string text, string message) =>
        Assert.Equal($"--set {text}: {message}", _folder.Refusal(ExperimentFolder.Minimal, text));
}
