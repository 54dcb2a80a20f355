using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>A network of layers with random weights.</summary>
internal abstract record LayeredSettings : ModelSettings
{
    [Description("How the weights are drawn. torch: as PyTorch does, uniform within 1/sqrt(fan-in); "
        + "xavier: uniform with variance 2/(fan-in + fan-out); mup: normal with variance 1/fan-in, in the last layer 1/fan-in squared.")]
    public Initialization Init { get; init; } = Initialization.Torch;

    [Description("What the weights drawn, not the biases, are multiplied by.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Gain { get; init; } = 1;

    /// <summary>Draws the weights of <paramref name="network"/>, which has PyTorch's, from the global random state, and returns it.</summary>
    protected nn.Module<Tensor, Tensor> Initialize(nn.Module<Tensor, Tensor> network, bool zeroBiases)
    {
        using var constant = no_grad();
        var parameters = network.named_parameters().ToList();
        var weights = parameters.Where(p => p.name.EndsWith(".weight", StringComparison.Ordinal) && p.parameter.dim() > 1).Select(p => p.parameter).ToList();
        foreach (var weight in weights)
        {
            Draw(weight, Init, last: ReferenceEquals(weight, weights[^1]));
            weight.mul_(Scalar(Gain));
        }

        foreach (var (name, parameter) in parameters)
        {
            if (zeroBiases && name.EndsWith(".bias", StringComparison.Ordinal))
            {
                parameter.zero_();
            }
        }

        return network;
    }

    private static void Draw(Tensor weight, Initialization how, bool last)
    {
        var fanIn = weight.numel() / weight.shape[0];
        switch (how)
        {
            case Initialization.Xavier:
                nn.init.xavier_uniform_(weight);
                break;
            case Initialization.Mup:
                // Yang and Hu 2020 (arXiv 2011.14522): outputs start at zero in the limit of infinite width, hidden layers do not.
                nn.init.normal_(weight, 0, last ? 1.0 / fanIn : 1 / Math.Sqrt(fanIn));
                break;
        }
    }
}

/// <summary>Ways to draw weights.</summary>
internal enum Initialization
{
    Torch,
    Xavier,
    Mup,
}
