using CsCheck;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Tests.Experiments;

public sealed class ExperimentWriteTests : IDisposable
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private static readonly Gen<double> Positive = Gen.Double[double.Epsilon, double.MaxValue];

    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.Select(Gen.Char[Letters], Gen.String[Gen.Char[Letters + "._-"], 0, 99], (first, rest) => first + rest),
        Gen.OneOf("true", "null", "no", "1e3", "12", "0.5"));

    // All characters that a path may have and UTF-8 can encode; it cannot encode half of a surrogate pair.
    private static readonly Gen<string?> Files = Gen.OneOf(
            Gen.String[Gen.Char.Where(letter => letter != '\0' && !char.IsSurrogate(letter)), 1, 20],
            Gen.OneOf("é.csv", "😀: #.csv", " 'x'\t\"y\" ", "\u0085\u2028\uFEFF\uFFFF"))
        .Select(name => Path.GetFullPath("/data/" + name)).Null();

    private static readonly Gen<DataSettings> Data = Gen.OneOf(
        Gen.Select(Gen.Int[1, 1797].Nullable(), Files, Gen.Enum<Normalization>(), (examples, file, normalize) =>
            (DataSettings)new DigitsSettings { Examples = examples, File = file, Normalize = normalize }),
        Gen.Select(Gen.Enum<DataPart>(), Gen.Int[0, 9].List[0, 10], (part, classes) =>
            (DataSettings)new Cifar10Settings { Folder = Path.GetFullPath("/data/images"), Part = part, Classes = classes }),
        Gen.Double[-1e9, 1e9].List[1, 3].List[1, 3].Select(rows => (DataSettings)new InlineSettings { Inputs = rows, Targets = rows }),
        Gen.Select(Names, Gen.Enum<Prediction>(), Gen.Bool, (target, predict, header) =>
            (DataSettings)new CsvSettings { File = Path.GetFullPath("/data/x.csv"), Targets = [target], Predict = predict, Header = header }));

    private static readonly Gen<ObjectiveSettings> Networks = Gen.Select(
        Data, Gen.Int[1, 100_000].List[0, 5], Gen.Enum<Activation>(), Files, Gen.Enum<LossFunction>(), Gen.Int[1, 100_000_000],
        (data, hidden, activation, weights, loss, chunk) => (ObjectiveSettings)new NetworkSettings
        {
            Data = data,
            Model = new MlpSettings { Hidden = hidden, Activation = activation, InitFrom = weights, InitKey = weights },
            Loss = loss,
            Chunk = chunk,
        });

    private static readonly Gen<double> Numbers = Gen.Double[double.MinValue, double.MaxValue];

    private static readonly Gen<ObjectiveSettings> Quadratics = Gen.Select(
        Positive.Array[0, 5].Null(), Numbers.Nullable(), Files, Numbers.Array[0, 5].Null(),
        (eigenvalues, rotation, matrix, start) => (ObjectiveSettings)new QuadraticSettings
        {
            Eigenvalues = eigenvalues,
            RotationDegrees = rotation,
            Matrix = matrix,
            Start = start,
        });

    private static readonly Gen<ObjectiveSettings> PowerLaws = Gen.Select(
        Files, Numbers.Array[0, 5],
        (data, start) => (ObjectiveSettings)new PowerLawSettings { Data = data ?? PowerLawSettings.Hamlet, Start = start });

    private static readonly Gen<ObjectiveSettings> Objectives = Gen.OneOf(Networks, Quadratics, PowerLaws);

    private static readonly Gen<MonitorSettings> Monitors = Gen.Select(
        Gen.Int[1, Limits.MaxSteps], Gen.Int[1, 20], Gen.Int[2, 100], Gen.Double[1e-12, 0.999],
        Gen.Int[0, Limits.MaxSteps], Positive, Gen.Int[1, Limits.MaxSteps], Gen.Double[1.001, double.MaxValue],
        (every, eigenvalues, guards, tolerance, audit, rise, open, divergence) => new MonitorSettings
        {
            Every = new StepInterval(every == Limits.MaxSteps ? null : every),
            Eigenvalues = eigenvalues,
            Guards = guards,
            Tolerance = tolerance,
            AuditEvery = new StepInterval(audit),
            MinRise = rise,
            MaxOpen = open,
            DivergenceFactor = divergence,
            Sinks = eigenvalues > 10 ? [SinkKind.Tensorboard] : [],
        });

    private static readonly Gen<StopSettings> Stops = Gen.Select(
        Gen.Double[double.MinValue, double.MaxValue].Nullable(), Gen.Double.Unit.Nullable(),
        (loss, accuracy) => new StopSettings { Loss = loss, Accuracy = accuracy });

    private static readonly Gen<Experiment> Experiments = Gen.Select(
        Gen.Select(Names, Gen.Int[0, int.MaxValue], Gen.Enum<Precision>().Nullable(), Gen.OneOf("cpu", "cuda", "cuda:0", "cuda:12", "mps")),
        Objectives, Positive, Gen.Int[1, Limits.MaxSteps], Stops, Monitors,
        (head, objective, learningRate, steps, stop, monitor) => new Experiment
        {
            Name = head.Item1,
            Seed = head.Item2,
            Dtype = head.Item3,
            Device = head.Item4,
            Objective = objective,
            Optimizer = new GradientDescentSettings { LearningRate = learningRate },
            Steps = steps,
            Stop = stop,
            Monitor = monitor,
        });

    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_written_experiment_loads_as_the_same_experiment() => Experiments.Sample(
        experiment =>
        {
            var text = Write(experiment);
            var loaded = _folder.Load(text);
            Assert.Equivalent(experiment with { Dtype = experiment.Precision }, loaded, strict: true);
            Assert.Equal(text, Write(loaded));
        },
        iter: 500, threads: 1);

    [Fact]
    public void Every_default_is_written() => Assert.Equal(
        """
        name: small
        seed: 0
        dtype: float32
        device: cpu
        objective:
          kind: network
          data:
            kind: digits
            file: null
            examples: null
            normalize: scale
            classes: []
            chunks: null
          model:
            kind: mlp
            hidden: [8, 4]
            activation: tanh
            bias: true
            zero_biases: false
            init: torch
            gain: 1
            init_from: null
            init_key: null
          loss: mse
          chunk: 8192
        optimizer:
          kind: gd
          learning_rate: 0.1
          weight_decay: 0
          clip: null
          groups: []
          batch: null
          order: shuffle
          schedule:
            kind: constant
        flow: null
        steps: 10
        stop:
          loss: null
          accuracy: null
        monitor:
          every: 1
          probe: null
          eigenvalues: 2
          guards: 2
          tolerance: 0.001
          audit_every: auto
          explain: false
          explain_every: 1
          batch_sharpness: null
          update_curvature: false
          critical_sharpness: false
          layers: false
          layer_patterns: []
          gauss_newton: false
          flow: null
          min_rise: 0.05
          max_open: 500
          divergence_factor: 10000
          batch_spikes:
            score: 6
            bad_score: 8
            window: 128
            others: 16
          sinks: []
        checkpoint:
          every: 500
          spikes: 10

        """,
        Write(_folder.Load(ExperimentFolder.Minimal)));

    private static string Write(Experiment experiment)
    {
        using var writer = new StringWriter();
        ExperimentFile.Write(experiment, writer);
        return writer.ToString();
    }
}
