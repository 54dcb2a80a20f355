using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// LayerNorm over the last dimension (Ba, Kiros and Hinton 2016, arXiv 1607.06450), written in operations that libtorch differentiates three times
/// right; of its own layer_norm the third derivative is wrong.
/// </summary>
internal sealed class LayerNormalization : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;

    // The names of the fields are those of the parameters.
#pragma warning disable IDE1006
    private readonly Parameter weight, bias;
#pragma warning restore IDE1006

    public LayerNormalization(long width, ScalarType dtype, Device? device) : base(nameof(LayerNormalization))
    {
        weight = nn.Parameter(ones(width, dtype, device));
        bias = nn.Parameter(zeros(width, dtype, device));
        RegisterComponents();
        weight.DetachFromDisposeScope();
        bias.DetachFromDisposeScope();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var centred = input - input.mean([-1], keepdim: true);
        var deviation = centred.Squared().mean([-1], keepdim: true).Plus(Scalar(Epsilon)).sqrt();
        return (centred / deviation * weight).Plus(bias).MoveToOuterDisposeScope();
    }
}
