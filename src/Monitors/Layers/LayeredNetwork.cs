using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>A plain <c>Sequential</c> of layers whose derivatives are written down here.</summary>
internal sealed class LayeredNetwork
{
    private readonly List<(Func<Layer> Create, Range Parameters)> _layers = [];
    private readonly List<Tensor> _parameters = [];

    private LayeredNetwork()
    {
    }

    /// <summary>
    /// The layers of <paramref name="network"/> if all of them are known and train, or null: then only autograd knows its derivatives.
    /// </summary>
    public static LayeredNetwork? Read(nn.Module<Tensor, Tensor> network)
    {
        var layers = new LayeredNetwork();
        return network.GetType() == typeof(Sequential) && network.children().All(layers.TryAdd) && layers._parameters.Count > 0
            && layers._parameters.All(p => p.requires_grad) && layers._parameters.SequenceEqual(network.parameters().Distinct()) ? layers : null;
    }

    /// <summary>The layers for one pass, each with the places of its parameters among those of the network.</summary>
    public IReadOnlyList<(Layer Layer, Range Parameters)> Open() => [.. _layers.Select(l => (l.Create(), l.Parameters))];

    private bool TryAdd(nn.Module module) => module switch
    {
        Sequential when module.GetType() == typeof(Sequential) => module.children().All(TryAdd),
        Identity => true,
        Linear linear => Add(() => new DenseLayer(linear), linear.weight, linear.bias),
        Convolution { weight: var w, bias: var b } own => Add(() => new ConvolutionLayer(w, b, own.Stride, own.Padding), w, b),
        Conv2d { padding_mode: TorchSharp.PaddingModes.Zeros, padding_type: null } c => Add(
            () => new BilinearLayer((x, w, b) => nn.functional.conv2d(x, w, b, c.stride, c.padding, c.dilation, c.groups), c.weight!, c.bias),
            c.weight, c.bias),
        BatchNormalization own => Add(() => own.Layer(), own.weight, own.bias),
        BatchNorm { weight: { } w, bias: { } b } norm => Add(
            () => new BatchNormalizationLayer(
                w, b, norm.eps, () => norm.training || norm.running_mean is null ? null : (norm.running_mean, norm.running_var!), (_, _, _) => { }), w, b),
        AvgPool2d or AdaptiveAvgPool2d => Add(() => new LinearMapLayer(Pooling(module), always: true)),
        MaxPool2d => Add(() => new LinearMapLayer(Pooling(module), always: false)),
        Flatten flatten => Add(() => new LinearMapLayer(flatten.call, always: true)),
        _ => Activation.Read(module) is { } activation && Add(() => new ActivationLayer(activation)),
    };

    /// <summary>
    /// Pooling treats examples and channels alike. Images whose examples are last in memory are, after these two have changed places, those that
    /// libtorch pools fastest.
    /// </summary>
    private static Func<Tensor, Tensor> Pooling(nn.Module module)
    {
        var pool = (nn.Module<Tensor, Tensor>)module;
        return x => x.stride(0) == 1 ? pool.call(x.transpose(0, 1)).transpose(0, 1) : pool.call(x);
    }

    private bool Add(Func<Layer> create, params IEnumerable<Tensor?> parameters)
    {
        var first = _parameters.Count;
        _parameters.AddRange(parameters.OfType<Tensor>());
        _layers.Add((create, first.._parameters.Count));
        return true;
    }
}
