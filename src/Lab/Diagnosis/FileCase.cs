using System.Text.RegularExpressions;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.PyTorch;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>A training of PyTorch as a case, by the files it left.</summary>
internal static partial class FileCase
{
    /// <summary>Reads everything.</summary>
    /// <exception cref="InputException">A file is not what it should be, or they do not go together; the message names the file.</exception>
    public static TrainingCase Open(DiagnosisInputs inputs)
    {
        var network = Network(inputs);
        var start = new Experiment
        {
            Name = Name(inputs.Before),
            Dtype = inputs.Dtype,
            Objective = network,
            Optimizer = new GradientDescentSettings { LearningRate = 1 },
            Steps = 1,
            Monitor = new MonitorSettings { Probe = inputs.Probe },
        };
        var window = inputs.Batches is null ? null : WindowFile.Read(inputs, inputs.Batches);
        var examples = 0L;
        var objective = (NetworkObjective)Create(start.Precision);
        try
        {
            using var scope = NewDisposeScope(); // of the checkpoints' tensors
            var (before, after) = (Read(inputs.Before), inputs.After is null ? null : Read(inputs.After));
            var (first, last) = (Optimizer(before, inputs.Before), after?.Optimizer is null ? null : Optimizer(after, inputs.After!));
            var settings = (last ?? first).Settings(inputs.Optimizer) with { Batch = inputs.Batch ?? window?.Batches[0].Count, Order = inputs.Order };
            RequireExamples("--batch", settings.Batch, examples);
            RequireExamples("--probe", inputs.Probe, examples);
            if (settings.Batch is null && inputs.Probe is not null)
            {
                throw new InputException("--probe goes with --batch or --batches; without them the curvature is that of all examples");
            }

            var saved = before.Optimizer is not null && last is not null && inputs.Optimizer.LearningRate is null
                ? (first.Settings(inputs.Optimizer).LearningRate, settings.LearningRate)
                : ((double, double)?)null;
            var moment = Moment(before, first, inputs.Before)
                ?? throw new InputException($"{inputs.Before}: its weights are not finite; take the last checkpoint that has finite ones");
            var later = after is null ? null : Moment(after, last, inputs.After!);
            return new TrainingCase(start with { Optimizer = settings }, objective, moment)
            {
                Create = Create,
                After = later,
                LearningRates = saved,
                IsStart = before.Step == 0,
                Window = window?.ByStep(moment.Step, examples) ?? [],
                Examples = examples,
                Assumptions =
                [
                    .. Assumed(before, inputs.Before), .. after is null ? [] : Assumed(after, inputs.After!),
                    .. after is not null && later is null ? [$"{inputs.After}: its weights are not finite, so that only its settings are used"] : (string[])[],
                ],
            };

            Snapshot? Moment(TrainingCheckpoint checkpoint, SavedOptimizer? optimizer, string file)
            {
                var (point, buffers) = Weights(objective, checkpoint.Weights);
                if (!point.isfinite().all().item<bool>())
                {
                    return null;
                }

                var state = optimizer?.State(settings, point) ?? OptimizerState.Empty;
                var step = settings.Preconditioned && state.ToTensors().Count == 0 ? 0 : checkpoint.Step ?? 0; // Adam's count belongs to its memory
                return new Snapshot(step, Kept(point), buffers.ToDictionary(b => b.Key, b => Kept(b.Value)), state.Map(Kept));
            }
        }
        catch
        {
            objective.Dispose();
            throw;
        }

        Monitors.Objectives.IObjective Create(Precision precision) => ExperimentRunner.Prepare(start with { Dtype = precision }, device =>
        {
            var data = network.Data.Load();
            examples = data.Inputs.shape[0];
            data = window?.AppendTo(data, inputs.Batches!) ?? data;
            return new NetworkObjective(data, network.Model, network.Loss, network.Chunk, precision.ToScalarType(), device);
        });

        TrainingCheckpoint Read(string file)
        {
            var checkpoint = CheckpointReader.Read(file, inputs.Key, [.. objective.Weights.Keys]);
            RequireWeights(objective, checkpoint.Weights, file);
            return checkpoint;
        }

        SavedOptimizer Optimizer(TrainingCheckpoint checkpoint, string file) => new(checkpoint, objective.Parts, file);
    }

    private static NetworkSettings Network(DiagnosisInputs inputs)
    {
        var script = !inputs.Model.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) && !inputs.Model.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        var file = script ? null : ExperimentFile.Load(inputs.Model, []).Objective as NetworkSettings
            ?? throw new InputException($"{inputs.Model}: its objective is no network");
        return new NetworkSettings
        {
            Model = file?.Model ?? new TorchScriptSettings { File = inputs.Model, Mode = inputs.Mode },
            Data = inputs.Data is null
                ? file?.Data ?? throw new InputException("--data is missing: the file with the tensors that the network learns")
                : new TensorsSettings { File = inputs.Data, Inputs = inputs.Inputs, Targets = inputs.Targets },
            Loss = inputs.Loss ?? file?.Loss ?? throw new InputException("--loss is missing: mse, cross_entropy or logistic"),
        };
    }

    private static void RequireWeights(NetworkObjective objective, IReadOnlyDictionary<string, Tensor> weights, string file)
    {
        var own = objective.Weights;
        foreach (var part in objective.Parts)
        {
            var shape = own[part.Name].shape;
            if (!weights.TryGetValue(part.Name, out var given))
            {
                throw new InputException($"{file}: it has no {Excerpt.Of(part.Name)}, which the network has; "
                    + NearestName.Advice(part.Name, [.. weights.Keys], "its tensors are"));
            }

            if (!given.shape.SequenceEqual(shape))
            {
                throw new InputException(
                    $"{file}: {Excerpt.Of(part.Name)} has the shape [{Excerpt.OfList(given.shape)}], and in the network [{Excerpt.OfList(shape)}]");
            }
        }
    }

    /// <summary>The weights of a checkpoint as θ, and its running statistics.</summary>
    private static (Tensor Point, Dictionary<string, Tensor> Buffers) Weights(NetworkObjective objective, IReadOnlyDictionary<string, Tensor> weights)
    {
        var point = cat([.. objective.Parts.Select(p => weights[p.Name].detach().reshape(-1).to(objective.DataType).to(objective.Device))]);
        return (point, objective.Buffers.ToDictionary(
            b => b.Key,
            b => weights.TryGetValue(b.Key, out var given) && given.shape.SequenceEqual(b.Value.shape) ? given.to(b.Value.dtype).to(b.Value.device) : b.Value));
    }

    private static void RequireExamples(string option, int? count, long examples)
    {
        if (count > examples)
        {
            throw new InputException($"{option} is {count}, but the data have {examples} examples");
        }
    }

    private static IEnumerable<string> Assumed(TrainingCheckpoint checkpoint, string file)
    {
        var notes = checkpoint.Notes.Select(n => $"{file}: {n}");
        return checkpoint.NotRead.Count == 0 ? notes
            : notes.Append($"{file}: not read, because only Python can build them: {Excerpt.OfList(checkpoint.NotRead.Select(n => n.Name))}");
    }

    private static Tensor Kept(Tensor tensor) => tensor.clone().DetachFromDisposeScope();

    private static string Name(string file) =>
        NotInNames().Replace(Path.GetFileNameWithoutExtension(file), "-").TrimStart('.', '_', '-') is { Length: > 0 } name
        ? name[..Math.Min(name.Length, 80)]
        : "training";

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotInNames();
}
