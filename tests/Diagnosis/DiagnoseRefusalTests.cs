using System.Diagnostics;
using LossSpikes.Tests.Commands;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary><c>lab diagnose</c> with inputs that are wrong: one sentence, exit code 2, and no folder.</summary>
public sealed class DiagnoseRefusalTests : IDisposable
{
    private static readonly SpikeCase Regression = SpikeCase.Of("regression");

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--model", "--model is missing: the network of the checkpoint")]
    [InlineData("--data", "--data is missing: the file with the tensors that the network learns")]
    [InlineData("--loss", "--loss is missing: mse, cross_entropy or logistic")]
    public void A_missing_input_is_named(string option, string says)
    {
        var at = Array.IndexOf(Regression.Inputs, option);

        Refused([.. Regression.Inputs[..at], .. Regression.Inputs[(at + 2)..]], says);
    }

    [Theory]
    [InlineData("--steps", "0", "--steps must be a whole number above 0")]
    [InlineData("--steps", "-3", "--steps must be a whole number above 0")]
    [InlineData("--learning-rate", "0", "--learning-rate")]
    [InlineData("--learning-rate", "-0.1", "--learning-rate")]
    [InlineData("--learning-rate", "NaN", "--learning-rate must be a finite number")]
    [InlineData("--batch", "9", "--batch")]
    [InlineData("--batch", "0", "--batch")]
    [InlineData("--probe", "9", "--probe")]
    [InlineData("--probe", "0", "--probe")]
    [InlineData("--clip", "-1", "--clip")]
    [InlineData("--inputs", "z", "z")]
    [InlineData("--key", "weights", "it has no group \"weights\" of tensors")]
    public void A_wrong_option_is_named(string option, string value, string says) => Refused([.. Regression.Inputs, option, value], says);

    [Fact]
    public void Batches_of_other_shapes_or_examples_are_refused()
    {
        Window("must be whole numbers of shape [steps, batch], but has the shape [3]", ("indices", Whole(3)));
        Window("must be whole numbers of shape [steps, batch], but has the shape [2, 3]", ("indices", zeros(2, 3)));
        Window("must be whole numbers of shape [steps, batch], but has the shape [0, 3]", ("indices", Whole(0, 3)));
        Window("must count the 8 examples of the data from 0", ("indices", Whole(2, 3).fill_(8)));
        Window("must count the 8 examples of the data from 0", ("indices", Whole(2, 3).fill_(-1)));
        Window("step must be one whole number", ("indices", Whole(2, 3)), ("step", zeros(1)));
        Window("expected indices, or x and y", ("inputs", zeros(2, 3, 1)), ("targets", zeros(2, 3, 1)));
        Window("must have the shape [steps, batch, …]", ("x", zeros(3, 1)), ("y", zeros(3, 1)));
        Window("and those of the data", ("x", zeros(2, 3, 2)), ("y", zeros(2, 3, 1)));
        Window("no such file");

        void Window(string says, params (string, object?)[] content)
        {
            var file = _folder["batches.pt"];
            File.Delete(file);
            Refused([.. Regression.Inputs, "--batches", content.Length > 0 ? SpikeCase.Write(file, content) : file], says);
        }

        static Tensor Whole(params long[] shape) => zeros(shape, dtype: ScalarType.Int64);
    }

    [Fact]
    public void Weights_of_another_network_and_weights_that_are_not_finite_are_refused()
    {
        var other = SpikeCase.Of("quadratic-sgd-1");

        Refused(Regression.Inputs, $"{other.Before}: 0.weight has the shape [1, 4], and in the network [1, 1]", other.Before);
        Refused(Regression.Inputs, "it has no 0.weight, which the network has", SpikeCase.Of("precision-1").Before);
        Refused(Regression.Inputs, "its weights are not finite; take the last checkpoint that has finite ones",
            SpikeCase.Write(_folder["nan.pt"], ("model", Regression.Weights(weight => weight.mul(float.PositiveInfinity)))),
            "--optimizer", "sgd", "--learning-rate", "0.1");
        Refused(Regression.Inputs, "there is no such file", _folder["none.pt"]);
    }

    [Fact]
    public void A_folder_that_exists_is_left_alone()
    {
        Directory.CreateDirectory(_folder["there"]);
        var result = LabResult.Run([.. Regression.Arguments, "--out", _folder["there"]]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("exists already and is not overwritten", result.Diagnostics, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["there"]));
    }

    [Fact]
    public void An_interrupt_ends_it_without_a_page()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs kill");
        Assert.SkipWhen(Interrupts.Ignored, "the tests were started with interrupts ignored");
        using var lab = new BackgroundLab([.. SpikeCase.Of("edge-1").Arguments, "--steps", "100000", "--out", _folder["d"]]);
        lab.ReachRows(Path.Combine(_folder["d"], "futures", "as-it-was"), 3);

        Process.Start("kill", ["-INT", $"{lab.Id}"])!.WaitForExit();
        var end = lab.End();

        Assert.Equal(130, end.ExitCode);
        Assert.Equal("", end.Output);
        Assert.Equal("", end.Error);
        Assert.False(Directory.Exists(_folder["d"]));
    }

    private void Refused(string[] inputs, string says, string? before = null, params string[] more)
    {
        var result = LabResult.Run(["diagnose", before ?? Regression.Before, .. inputs, .. more, "--out", _folder["out"]]);

        Assert.True(result.ExitCode == 2, $"{result.ExitCode}: {result.Diagnostics}");
        Assert.Equal("", result.Output);
        Assert.Contains(says, result.Diagnostics, StringComparison.Ordinal);
        Printable.AssertSentence(result.Diagnostics.TrimEnd());
        Assert.False(Path.Exists(_folder["out"]), "a folder was left behind");
    }
}
