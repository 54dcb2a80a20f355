using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Tests.Experiments;

public sealed class ExperimentErrorTests : IDisposable
{
    private const string RootKeys = "its keys are: name, seed, dtype, device, objective, optimizer, flow, steps, stop, monitor, checkpoint";
    private const string MonitorKeys =
        "its keys are: every, probe, eigenvalues, guards, tolerance, audit_every, explain, explain_every, batch_sharpness, update_curvature, "
        + "critical_sharpness, layers, layer_patterns, gauss_newton, flow, min_rise, max_open, divergence_factor, batch_spikes, sinks";
    private const string NameRule = "must be at most 100 letters, digits, dots, dashes and underscores, the first a letter or a digit";

    private static readonly string Objectives = string.Join(", ", SettingsJson.Kinds<ObjectiveSettings, ObjectiveSettings>());
    private static readonly string Optimizers = string.Join(", ", SettingsJson.Kinds<OptimizerSettings, OptimizerSettings>());

    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // Names.
    [InlineData("steps: 10", "stepz: 10", "x.yaml, line 8: stepz is not a key of the experiment; did you mean steps?")]
    [InlineData("learning_rate", "learning_rat", "x.yaml, line 7: optimizer.learning_rat is not a key of optimizer; did you mean learning_rate?")]
    [InlineData(
        "kind: gd", "kind: gd, width: 3",
        "x.yaml, line 7: optimizer.width is not a key of optimizer; its keys are: kind, learning_rate, weight_decay, clip, groups, batch, order, schedule")]
    [InlineData("kind: network", "kind: netwrk", "x.yaml, line 3: objective.kind \"netwrk\" is unknown; did you mean network?")]
    [InlineData("kind: network", "kind: poem", "x.yaml, line 3: objective.kind \"poem\" is unknown; it is one of: {objectives}")]
    [InlineData("kind: network", "kind: 3", "x.yaml, line 3: objective.kind must be one of: {objectives}, but is 3")]
    [InlineData("kind: gd, ", "", "x.yaml, line 7: optimizer needs the key kind, one of: {optimizers}")]
    [InlineData("activation: tanh", "activation: ReLU", "x.yaml, line 5: objective.model.activation \"ReLU\" is unknown; did you mean relu?")]
    [InlineData("loss: mse", "loss: mae_of_sorts", "x.yaml, line 6: objective.loss \"mae_of_sorts\" is unknown; it is one of: mse, cross_entropy, logistic")]
    [InlineData("loss: mse", "loss: 1", "x.yaml, line 6: objective.loss must be one of: mse, cross_entropy, logistic, but is 1")]
    [InlineData("steps: 10", "", "x.yaml: the experiment needs the key steps")]
    [InlineData(", learning_rate: 0.1", "", "x.yaml, line 7: optimizer needs the key learning_rate")]
    [InlineData("steps: 10", "steps: 10\nsteps: 11", "x.yaml, line 9: the key steps is given twice")]
    // Types.
    [InlineData("steps: 10", "steps: many", "x.yaml, line 8: steps must be a whole number, but is \"many\"")]
    [InlineData("steps: 10", "steps: \"10\"", "x.yaml, line 8: steps must be a whole number, but is \"10\"")]
    [InlineData("steps: 10", "steps: 1.5", "x.yaml, line 8: steps must be a whole number, but is 1.5")]
    [InlineData("steps: 10", "steps:", "x.yaml, line 8: steps must be a whole number, but is empty")]
    [InlineData("steps: 10", "steps: [10]", "x.yaml, line 8: steps must be a whole number, but is [10]")]
    [InlineData("learning_rate: 0.1", "learning_rate: .nan", "x.yaml, line 7: optimizer.learning_rate must be a number such as 0.5 or 1e-3, but is \".nan\"")]
    [InlineData("learning_rate: 0.1", "learning_rate: .inf", "x.yaml, line 7: optimizer.learning_rate must be a number such as 0.5 or 1e-3, but is \".inf\"")]
    [InlineData("learning_rate: 0.1", "learning_rate: 1e999", "x.yaml, line 7: optimizer.learning_rate must be a number such as 0.5 or 1e-3, but is 1e999")]
    [InlineData("learning_rate: 0.1", "learning_rate: true", "x.yaml, line 7: optimizer.learning_rate must be a number such as 0.5 or 1e-3, but is true")]
    [InlineData("name: small", "name: 12", "x.yaml, line 1: name must be text (in quotes), but is 12")]
    [InlineData("name: small", "name: [a]", "x.yaml, line 1: name must be text, but is [\"a\"]")]
    [InlineData("activation: tanh", "activation: tanh, bias: no", "x.yaml, line 5: objective.model.bias must be true or false, but is \"no\"")]
    [InlineData("optimizer: { kind: gd, learning_rate: 0.1 }", "optimizer: gd", "x.yaml, line 7: optimizer must be a group of keys, but is \"gd\"")]
    [InlineData("steps: 10", "steps: 10\nmonitor:", "x.yaml, line 9: monitor must be a group of keys, but is empty")]
    [InlineData("[8, 4]", "8", "x.yaml, line 5: objective.model.hidden must be a list such as [1, 2], but is 8")]
    [InlineData("[8, 4]", "[8,\n\n    four]", "x.yaml, line 7: objective.model.hidden[1] must be a whole number, but is \"four\"")]
    [InlineData(
        "steps: 10", "steps: 10\nmonitor: { sinks: tensorboard }",
        "x.yaml, line 9: monitor.sinks must be a list such as [1, 2], but is \"tensorboard\"")]
    [InlineData(
        "steps: 10", "steps: 10\nmonitor: { sinks: [tensorbord] }",
        "x.yaml, line 9: monitor.sinks[0] \"tensorbord\" is unknown; did you mean tensorboard?")]
    // Limits.
    [InlineData("learning_rate: 0.1", "learning_rate: -0.1", "x.yaml, line 7: optimizer.learning_rate must be greater than 0, but is -0.1")]
    [InlineData("learning_rate: 0.1", "learning_rate: 0", "x.yaml, line 7: optimizer.learning_rate must be greater than 0, but is 0")]
    [InlineData("steps: 10", "steps: 0", "x.yaml, line 8: steps must be at least 1 and at most 100000000, but is 0")]
    [InlineData("steps: 10", "steps: 1e12", "x.yaml, line 8: steps must be at least 1 and at most 100000000, but is 1000000000000")]
    [InlineData("steps: 10", "steps: 99999999999999999999", "x.yaml, line 8: steps must be at least 1 and at most 100000000, but is 99999999999999999999")]
    [InlineData("steps: 10", "steps: 10\nmonitor: { tolerance: 1 }", "x.yaml, line 9: monitor.tolerance must be greater than 0 and less than 1, but is 1")]
    [InlineData("steps: 10", "steps: 10\nstop: { accuracy: 1.5 }", "x.yaml, line 9: stop.accuracy must be at least 0 and at most 1, but is 1.5")]
    [InlineData("[8, 4]", "[8, 0]", "x.yaml, line 5: objective.model.hidden[1] must be at least 1 and at most 100000, but is 0")]
    [InlineData("kind: digits", "kind: digits, examples: 0", "x.yaml, line 4: objective.data.examples must be at least 1 and at most 1000000, but is 0")]
    [InlineData("kind: digits", "kind: digits, classes: [3, 10]", "x.yaml, line 4: objective.data.classes[1] must be at least 0 and at most 9, but is 10")]
    [InlineData("kind: digits", "kind: mnist", "x.yaml, line 4: objective.data needs the key folder")]
    [InlineData("kind: digits", "kind: mnist, folder: \"\"", "x.yaml, line 4: objective.data.folder must be the path of a folder, but is \"\"")]
    [InlineData("kind: digits", "kind: digits, file: \"\"", "x.yaml, line 4: objective.data.file must be the path of a file, but is \"\"")]
    [InlineData("kind: digits", "kind: digits, file: \"a\\0b\"", "x.yaml, line 4: objective.data.file must be the path of a file, but is \"a\\u0000b\"")]
    [InlineData("name: small", "name: ../x", "x.yaml, line 1: name " + NameRule + ", but is \"../x\"")]
    [InlineData("name: small", "name: \"a\\nb\"", "x.yaml, line 1: name " + NameRule + ", but is \"a\\nb\"")]
    [InlineData("steps: 10", "steps: 10\ndevice: gpu", "x.yaml, line 9: device must be cpu, cuda, cuda:N (N the number of the GPU) or mps, but is \"gpu\"")]
    public void A_wrong_experiment_is_refused_in_one_sentence(string valid, string wrong, string message) => Assert.Equal(
        message.Replace("{objectives}", Objectives, StringComparison.Ordinal).Replace("{optimizers}", Optimizers, StringComparison.Ordinal),
        _folder.Refusal(ExperimentFolder.Minimal.Replace(valid, wrong)));

    [Fact]
    public void Odd_names_are_shortened_and_stay_on_one_line()
    {
        var message = _folder.Refusal(ExperimentFolder.Minimal + "\n\"a\\e\\n\\u2028b\": 1");
        Assert.Equal($"x.yaml, line 9: a�b is not a key of the experiment; {RootKeys}", message);
        Assert.InRange(_folder.Refusal(ExperimentFolder.Minimal.Replace("steps: 10", $"steps: {new string('x', 10_000)}")).Length, 50, 150);
    }

    [Fact]
    public void A_mistake_inside_an_alias_is_reported_at_the_alias() => Assert.Equal(
        $"x.yaml, line 10: monitor.loss is not a key of monitor; {MonitorKeys}",
        _folder.Refusal(ExperimentFolder.Minimal + "\nstop: &a { loss: 1 }\nmonitor: *a"));
}
