using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// BatchNorm of images by the statistics of the batch (Ioffe and Szegedy 2015, arXiv 1502.03167), with the parameters and buffers of
/// <c>nn.BatchNorm2d</c>, written in operations that can be differentiated as often as one likes.
/// </summary>
public sealed class BatchNormalization : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5, Momentum = 0.1; // PyTorch's defaults

    // Named as nn.BatchNorm2d names them, so that a checkpoint of PyTorch fits.
#pragma warning disable IDE1006
    internal readonly Parameter weight, bias;
    private readonly Tensor running_mean, running_var, num_batches_tracked;
#pragma warning restore IDE1006

    /// <summary>Weights of 1 and biases of 0.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="type">The dtype of the parameters.</param>
    /// <param name="device">Where they live.</param>
    public BatchNormalization(long channels, ScalarType type, Device device) : base(nameof(BatchNormalization))
    {
        weight = nn.Parameter(ones(channels, type, device));
        bias = nn.Parameter(zeros(channels, type, device));
        running_mean = zeros(channels, type, device);
        running_var = ones(channels, type, device);
        num_batches_tracked = zeros([], ScalarType.Int64, device);
        register_parameter(nameof(weight), weight);
        register_parameter(nameof(bias), bias);
        register_buffer(nameof(running_mean), running_mean);
        register_buffer(nameof(running_var), running_var);
        register_buffer(nameof(num_batches_tracked), num_batches_tracked);
        foreach (var tensor in (Tensor[])[weight, bias, running_mean, running_var, num_batches_tracked])
        {
            tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>[n, channels, h, w] → the same. In training mode the running statistics move; of one pixel in all there is no variance.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (mean, variance) = training ? Statistics(input) : (Channels(running_mean), Channels(running_var));
        return ((input - mean) / variance.Plus(Scalar(Epsilon)).sqrt() * Channels(weight)).Plus(Channels(bias)).MoveToOuterDisposeScope();
    }

    /// <summary>The rules of its derivatives. A pass by them moves the running statistics as <see cref="forward"/> does.</summary>
    internal Layer Layer() =>
        new BatchNormalizationLayer(weight, bias, Epsilon, () => training ? null : (running_mean, running_var), Track);

    private (Tensor Mean, Tensor Variance) Statistics(Tensor input)
    {
        var mean = input.mean([0, 2, 3], keepdim: true);
        var variance = (input - mean).Squared().mean([0, 2, 3], keepdim: true);
        Track(mean.detach(), variance.detach(), input.numel() / input.shape[1]);
        return (mean, variance);
    }

    private void Track(Tensor mean, Tensor variance, double numbers)
    {
        using var constant = no_grad();
        Move(running_mean, mean);
        Move(running_var, variance * Scalar(numbers / (numbers - 1)));
        num_batches_tracked.add_(Scalar(1L), alpha: Scalar(1L));
    }

    private static void Move(Tensor running, Tensor now) => running.mul_(Scalar(1 - Momentum)).add_(now.flatten(), alpha: Scalar(Momentum));

    private static Tensor Channels(Tensor values) => values.view(1, -1, 1, 1);
}
