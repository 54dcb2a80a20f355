using System.CommandLine;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Batches;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab diagnose BEFORE [AFTER] --model FILE --data FILE --loss LOSS</c>, <c>lab diagnose RUN --spike ID</c>.</summary>
internal static class DiagnoseCommand
{
    private const int DefaultSteps = 200;

    private static readonly string[] Optimizers = ["sgd", "gd", "momentum", "ema_momentum", "rmsprop", "adam", "adamw"];

    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("BEFORE [AFTER]")
        {
            Description = "The checkpoint before the spike (a state_dict, or what a trainer saves with it: optimizer, scheduler, …), and the one after it if "
                + "there is one; or a run folder of the lab.",
            Arity = new ArgumentArity(1, 2),
        };
        var model = new Option<string?>("--model")
        {
            Description = "The network: a file of torch.jit.trace(model, x).save(FILE), or an experiment file that has the network. A TorchScript file is a "
                + "program and is run: use only files that you trust.",
            HelpName = "FILE",
        };
        var mode = Choice("--mode", "How a scripted network is run; a traced one stays as it was traced. Default: train.", ["train", "eval"]);
        var key = Text("--key", "Where the weights are in the checkpoints, with dots between keys. Default: the state_dict that is found.", "KEY");
        var data = Text("--data", "The examples that the network learns: a .safetensors, .pt or .npz file of tensors.", "FILE");
        var inputs = new Option<string>("--inputs") { Description = "The name of the inputs in it.", HelpName = "NAME", DefaultValueFactory = _ => "x" };
        var targets = new Option<string>("--targets") { Description = "The name of the targets in it.", HelpName = "NAME", DefaultValueFactory = _ => "y" };
        var loss = Choice(
            "--loss", "The loss, a mean over the examples. mse is half the squared error, summed over the outputs; "
                + "PyTorch's MSELoss over m outputs is 2/m times that: multiply η by 2/m with --learning-rate.", ["mse", "cross_entropy", "logistic"]);
        var dtype = Choice("--dtype", "The precision of the training. Default: float32.", ["float32", "float64"]);
        var optimizer = Choice("--optimizer", "The update rule. Default: that of the checkpoint.", Optimizers);
        var rate = Number("--learning-rate", "η. This and the next options override the checkpoint.", "η");
        var momentum = Number("--momentum", "β of SGD.", "β");
        var beta1 = Number("--beta1", "β₁ of Adam.", "β₁");
        var beta2 = Number("--beta2", "β₂ of Adam, α of RMSprop.", "β₂");
        var epsilon = Number("--epsilon", "ε.", "ε");
        var decay = Number("--weight-decay", "λ.", "λ");
        var clip = Number("--clip", "The norm to which gradients are clipped; checkpoints do not save it.", "c");
        var batch = new Option<int?>("--batch") { Description = "Examples in a mini-batch. Default: every step sees all examples.", HelpName = "N" };
        var order = Choice("--order", "How further mini-batches are drawn. Default: shuffle.", ["shuffle", "with_replacement", "sequential"]);
        var probe = new Option<int?>("--probe")
        {
            Description = "With mini-batches: how many examples loss and curvature are measured on. Default: all.",
            HelpName = "N",
        };
        var batches = Text("--batches", "The batches of the steps after BEFORE: indices [steps, batch], or inputs and targets [steps, batch, …].", "FILE");
        var spike = new Option<int?>("--spike") { Description = "With a run folder: the spike's number, id in events.jsonl. Default: 1.", HelpName = "ID" };
        var steps = new Option<int?>("--steps")
        {
            Description = $"How many updates each replay makes. Default: {DefaultSteps}, or to the end of a run's spike.",
            HelpName = "N",
        };
        var output = Text("--out", "The folder of the diagnosis, which must not exist. Default: runs/diagnosis-NAME.", "DIR");
        var json = new Option<bool>("--json") { Description = "Print diagnosis.json and the folder's path on standard output, and nothing else." };
        var command = new Command("diagnose", """
            Explain a spike that has already happened, and try what would have avoided it.

            The training is replayed from the checkpoint before the spike, as it was and with each change, and measured on the way. The page
            says which cause the numbers support, which they exclude, which they cannot decide, and which changes avoided the spike.

            From PyTorch:
              torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, "before.pt")
              torch.jit.trace(model, x[:2]).save("net.ts")
              torch.save({"x": x, "y": y}, "data.pt")
              lab diagnose before.pt after.pt --model net.ts --data data.pt --loss cross_entropy
            From a run of the lab:
              lab diagnose runs/chebyshev --spike 1
            """)
        {
            files, model, mode, key, data, inputs, targets, loss, dtype, optimizer, rate, momentum, beta1, beta2, epsilon, decay, clip, batch, order,
            probe, batches, spike, steps, output, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var given = parsed.GetValue(files)!;
            using var @case = Directory.Exists(given[0]) ? RunCase.Open(given[0], parsed.GetValue(spike) ?? 1) : FileCase.Open(new DiagnosisInputs(
                given[0], parsed.GetValue(model)
                    ?? throw new InputException("--model is missing: the network of the checkpoint, as TorchScript or in an experiment file"))
            {
                After = given.ElementAtOrDefault(1),
                Mode = Parsed<NetworkMode>(parsed.GetValue(mode)) ?? NetworkMode.Train,
                Key = parsed.GetValue(key),
                Data = parsed.GetValue(data),
                Inputs = parsed.GetValue(inputs)!,
                Targets = parsed.GetValue(targets)!,
                Loss = Parsed<LossFunction>(parsed.GetValue(loss)),
                Dtype = Parsed<Precision>(parsed.GetValue(dtype)),
                Batches = parsed.GetValue(batches),
                Batch = Positive(parsed, batch),
                Order = Parsed<BatchOrder>(parsed.GetValue(order)) ?? BatchOrder.Shuffle,
                Probe = Positive(parsed, probe),
                Optimizer = new OptimizerOverrides
                {
                    Kind = parsed.GetValue(optimizer) is "sgd" ? parsed.GetValue(momentum) > 0 ? "momentum" : "gd" : parsed.GetValue(optimizer),
                    LearningRate = parsed.GetValue(rate),
                    Momentum = parsed.GetValue(momentum),
                    Beta1 = parsed.GetValue(beta1),
                    Beta2 = parsed.GetValue(beta2),
                    Epsilon = parsed.GetValue(epsilon),
                    WeightDecay = parsed.GetValue(decay),
                    Clip = parsed.GetValue(clip),
                },
            });
            var folder = DiagnosisFolder.Require(parsed.GetValue(output) ?? RunWriter.FreeFolder($"diagnosis-{@case.Experiment.Name}"));
            try
            {
                var futures = new FutureRunner(
                    @case, Positive(parsed, steps) ?? @case.StepsToEnd ?? DefaultSteps, DiagnosisFolder.Futures(folder),
                    terminal.Diagnostics.WriteLine, cancellation);
                var diagnosis = SpikeDiagnosis.Of(@case, futures);
                var page = DiagnosisFolder.Write(folder, diagnosis);
                terminal.Results.WriteLine(parsed.GetValue(json) ? diagnosis.Describe(("directory", folder)) : $"{diagnosis.Answer}\npage: {page}");
                return Task.FromResult(ExitCode.Done);
            }
            catch (OperationCanceledException)
            {
                DiagnosisFolder.Remove(folder);
                return Task.FromResult(ExitCode.Interrupted);
            }
            catch
            {
                DiagnosisFolder.Remove(folder);
                throw;
            }
        });
        return command;
    }

    private static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static Option<double?> Number(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static int? Positive(ParseResult parsed, Option<int?> option) => parsed.GetValue(option) is not <= 0 and var number ? number
        : throw new InputException($"{option.Name} must be a whole number above 0");

    private static Option<string?> Choice(string name, string description, string[] values)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static T? Parsed<T>(string? word) where T : struct, Enum => word is null ? null : Enum.Parse<T>(word.Replace("_", ""), ignoreCase: true);
}
