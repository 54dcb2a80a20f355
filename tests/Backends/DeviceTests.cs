using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors.Native;
using LossSpikes.Tests.Commands;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Backends;

/// <summary>The behaviour of devices that a machine without a GPU can test.</summary>
public sealed class DeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_device_is_named_with_an_alternative()
    {
        Assert.SkipWhen(cuda.is_available(), "there is a GPU");

        var refused = Assert.Throws<NativeTorchException>(() => Devices.Find("cuda"));

        Assert.Contains("the device cuda is not available", refused.Message, StringComparison.Ordinal);
        Assert.Contains("device=cpu", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_from_another_device_can_be_resumed_on_this_one()
    {
        Assert.SkipWhen(cuda.is_available(), "there is a GPU");
        var file = _folder.Write("small.yaml", SmallExperiment.Yaml);
        Assert.Equal(0, LabResult.Run("run", file, "--out", _folder["whole"]).ExitCode);
        Assert.Equal(0, LabResult.Run("run", file, "--out", _folder["moved"], "--set", "steps=93").ExitCode);
        var config = _folder["moved/config.yaml"];
        File.WriteAllText(config, File.ReadAllText(config).Replace("device: cpu", "device: cuda", StringComparison.Ordinal));

        Assert.Equal(4, LabResult.Run("resume", _folder["moved"], "--steps", "150").ExitCode);
        Assert.Equal(0, LabResult.Run("resume", _folder["moved"], "--steps", "150", "--device", "cpu").ExitCode);

        Assert.Equal(File.ReadAllText(_folder["whole/events.jsonl"]), File.ReadAllText(_folder["moved/events.jsonl"]));
        Assert.Equal(File.ReadAllText(_folder["whole/config.yaml"]), File.ReadAllText(config));
    }

    [Fact]
    public void Every_tensor_of_a_checkpoint_moves_to_the_device()
    {
        using var scope = NewDisposeScope();
        var state = new Dictionary<string, Tensor> { ["floats"] = ones(3), ["whole numbers"] = ones(3, dtype: ScalarType.Int64) };
        var moved = new Checkpoint
        {
            Step = 1,
            Lengths = new Dictionary<string, long>(),
            UnconvergedSteps = 0,
            Point = ones(3),
            Buffers = state,
            Optimizer = state,
            Monitor = state,
        }.To(ScalarType.Float64, device("meta"));

        Assert.All(
            (Tensor[])[moved.Point, .. moved.Buffers.Values, .. moved.Optimizer.Values, .. moved.Monitor.Values],
            t => Assert.Equal(TorchSharp.DeviceType.META, t.device_type));
        Assert.Equal([ScalarType.Float64, ScalarType.Int64], moved.Monitor.Values.Select(t => t.dtype));
    }
}
