using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Models;

/// <summary>Draws the weights a network starts from.</summary>
internal static class Weights
{
    /// <summary>Draws the weights of <paramref name="network"/>, which has PyTorch's, from the global random state, and returns it.</summary>
    public static nn.Module<Tensor, Tensor> Initialize(nn.Module<Tensor, Tensor> network, LayeredSettings settings, bool zeroBiases)
    {
        using var constant = no_grad();
        var parameters = network.named_parameters().ToList();
        var weights = parameters.Where(p => p.name.EndsWith(".weight", StringComparison.Ordinal)).Select(p => p.parameter).ToList();
        foreach (var weight in weights)
        {
            Draw(weight, settings.Init, last: ReferenceEquals(weight, weights[^1]));
            weight.mul_(Scalar(settings.Gain));
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
