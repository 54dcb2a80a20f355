using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.TorchScript;

/// <summary>Files that are no program, or not one for these data: one sentence, exit code 2, no run folder.</summary>
public sealed class RefusedProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("random", "it is neither a PyTorch file nor a safetensors file")]
    [InlineData("empty", "it is empty")]
    [InlineData("half", "it is a damaged zip archive")]
    [InlineData("flipped", "damaged")]
    [InlineData("weights", "it is not a TorchScript archive; save the traced or scripted module with its method save")]
    [InlineData("folder", "expected a TorchScript archive, but this is a folder")]
    [InlineData("missing", "there is no such file; did you mean")]
    public void A_file_that_is_no_whole_program_is_refused(string kind, string says)
    {
        var bytes = File.ReadAllBytes(FileOf("reader.ts"));
        if (kind == "flipped")
        {
            bytes[bytes.Length / 2] ^= 1;
        }

        var file = _folder["reader.ts"];
        if (kind == "folder")
        {
            Directory.CreateDirectory(file);
        }
        else if (kind == "missing")
        {
            File.WriteAllBytes(_folder["reader.pt"], bytes);
        }
        else
        {
            File.WriteAllBytes(file, kind switch
            {
                "random" => [.. Enumerable.Range(1, 5000).Select(i => (byte)(i * i * 31 % 251))],
                "empty" => [],
                "half" => bytes[..(bytes.Length / 2)],
                "weights" => File.ReadAllBytes(FileOf("rows.pt")),
                _ => bytes,
            });
        }

        Refused($"model: {{ kind: torchscript, file: '{file}' }}", says);
    }

    [Theory]
    [InlineData("two-inputs", "the network cannot take inputs of shape [8, 3], float64 (libtorch says “forward() is missing value for argument 'b'.")]
    [InlineData("two-outputs", "the network must take one tensor and give one")]
    [InlineData("dict-output", "the network must take one tensor and give one")]
    [InlineData("none-output", "the network must take one tensor and give one")]
    [InlineData("text-output", "the network must take one tensor and give one")]
    [InlineData("number-output", "the network must take one tensor and give one")]
    [InlineData("list-output", "the network must take one tensor and give one")]
    [InlineData("nested-output", "the network must take one tensor and give one")]
    [InlineData("attention", "the network cannot take inputs of shape [8, 3], float64 (libtorch says")]
    [InlineData("cnn-scripted", "the network cannot take inputs of shape [8, 3], float64 (libtorch says")]
    [InlineData("dropout", "the network is random, since its outputs differ from pass to pass")]
    [InlineData("no-parameters", "the network has no parameters to train")]
    public void A_program_that_does_not_fit_the_data_is_refused(string program, string says) =>
        Refused($"model: {{ kind: torchscript, file: '{FileOf(program + ".ts")}' }}", says);

    [Fact]
    public void Dropout_is_no_obstacle_in_eval_mode()
    {
        var result = Run($"model: {{ kind: torchscript, file: '{FileOf("dropout.ts")}', mode: eval }}");

        Assert.True(result.ExitCode == 0, result.Diagnostics);
    }

    [Fact]
    public void Outputs_of_another_shape_than_the_targets_are_refused() => Refused(
        $"model: {{ kind: torchscript, file: '{FileOf("reader.ts")}' }}",
        "for inputs of shape [8, 3] the network gives outputs of shape [8, 1], and loss and targets need [8, 3]",
        $"data: {{ kind: tensors, file: '{FileOf("rows.pt")}', inputs: x, targets: x }}");

    [Fact]
    public void Nothing_else_loads_a_program()
    {
        Refused($"model: {{ kind: mlp, hidden: [3], activation: tanh, init_from: '{FileOf("reader.ts")}' }}", "it is a TorchScript archive");
        Refused("model: { kind: mlp, hidden: [3], activation: tanh }", "it is a TorchScript archive",
            $"data: {{ kind: tensors, file: '{FileOf("reader.ts")}', inputs: x, targets: y }}");
        var weights = LabResult.Run("weights", FileOf("reader.ts"));
        Assert.Equal(2, weights.ExitCode);
        Assert.Contains("it is a TorchScript archive (torch.jit.save), which holds a program", weights.Diagnostics, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunks_of_a_network_that_normalizes_by_the_batch_are_refused() => Refused(
        $"model: {{ kind: torchscript, file: '{FileOf("cnn-scripted.ts")}' }}",
        "objective.chunk: 1 normalizes by the statistics of a batch, and in chunks of 4 they would be those of a chunk",
        $"data: {{ kind: tensors, file: '{FileOf("images.pt")}', inputs: train.images, targets: train.labels }}",
        "loss: cross_entropy, chunk: 4, ");

    private static string FileOf(string name) => Repository.File($"tests/PyTorchFiles/{name}");

    private void Refused(string model, string says, string? data = null, string loss = "loss: mse, ")
    {
        var result = Run(model, data, loss);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    private LabResult Run(string model, string? data = null, string loss = "loss: mse, ")
    {
        data ??= $"data: {{ kind: tensors, file: '{FileOf("rows.pt")}', inputs: x, targets: y }}";
        var file = _folder.Write(
            "x.yaml",
            $"name: x\ndtype: float64\nobjective: {{ kind: network, {loss}{data}, {model} }}\noptimizer: {{ kind: gd, learning_rate: 0.1 }}\nsteps: 2\n");
        return LabResult.Run("run", file, "--out", _folder["run"]);
    }
}
