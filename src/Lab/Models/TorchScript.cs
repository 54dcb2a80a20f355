using System.ComponentModel;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.TensorFiles.Messages;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>The keys of a network that PyTorch has traced or scripted.</summary>
[Description("A network of PyTorch, traced or scripted and saved with its method save. The file is a program, and libtorch runs it: use only files "
    + "that you trust. Nothing else in an experiment loads a program.")]
internal sealed record TorchScriptSettings : ModelSettings
{
    [Description("The file. It is needed again when the run is resumed. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public required string File { get; init; }

    [Description("train: as the network is trained, so that BatchNorm takes the statistics of the batch; eval: as it is used, with the statistics that "
        + "the file has. A traced network stays in the mode in which it was traced.")]
    public NetworkMode Mode { get; init; } = NetworkMode.Train;

    // As the data are: a program may take any shape, and tokens.
    internal override Tensor Inputs(DataSet data, ScalarType type) => data.Tokens is null ? data.Inputs.to(type) : data.Inputs;

    internal override nn.Module<Tensor, Tensor> Build(NetworkTask task, ScalarType type, Device device)
    {
        var network = ScriptedNetwork.Load(File, type, device, rows: !task.Classes);
        network.train(Mode == NetworkMode.Train);
        return network;
    }

    internal override Exception Misfit(string problem, Exception? cause = null)
    {
        // The program's own error stands at the end of a trace of calls.
        var reason = cause?.Message.Split('\n').LastOrDefault(line => line.StartsWith("RuntimeError: ", StringComparison.Ordinal))?["RuntimeError: ".Length..]
            ?? cause?.Message.Split('\n')[0];
        return new InputException($"{File}: {problem}{(reason is null ? "" : $" (libtorch says “{Excerpt.Of(reason.Trim(), 200)}”)")}");
    }
}

/// <summary>The two modes of a network.</summary>
internal enum NetworkMode
{
    Train,
    Eval,
}
