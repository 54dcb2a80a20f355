using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>
/// The buffers of a network, such as the running statistics of BatchNorm, which every pass through it moves. Here they move as in a plain
/// training loop: once for each step, by the pass at the iterate that the step leaves. Whatever else is evaluated on the way leaves them alone.
/// </summary>
internal sealed class RunningBuffers : IDisposable
{
    private readonly nn.Module _network;
    private Dictionary<string, Tensor> _values;
    private Dictionary<string, Tensor>? _passed;
    private int _open;

    /// <summary>Takes the present buffers as the first.</summary>
    public RunningBuffers(nn.Module network)
    {
        _network = network;
        _values = Read();
    }

    /// <summary>The buffers after the steps so far, by their names in PyTorch.</summary>
    public IReadOnlyDictionary<string, Tensor> Values => _values;

    /// <summary>Evaluates the network, with the present buffers in it. The derivatives must be disposed.</summary>
    public IDerivatives During(Func<IDerivatives> evaluate)
    {
        if (_values.Count == 0)
        {
            return evaluate();
        }

        if (_open == 0)
        {
            Write();
        }

        var derivatives = evaluate();
        if (_open++ == 0)
        {
            Release(_passed);
            _passed = Read();
        }

        return new Evaluation(this, derivatives);
    }

    /// <summary>Marks that a step is made: the pass that was made first at the iterate counts.</summary>
    public void Step()
    {
        if (_passed is not null)
        {
            Release(_values);
            (_values, _passed) = (_passed, null);
        }
    }

    /// <summary>Returns to earlier buffers, which are copied.</summary>
    /// <exception cref="InputException">They are of another network.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> values)
    {
        if (!_values.Keys.ToHashSet().SetEquals(values.Keys) || _values.Any(v => !v.Value.shape.SequenceEqual(values[v.Key].shape)))
        {
            throw new InputException("the network has other buffers than the checkpoint: the model or its file has been changed since");
        }

        Release(_passed);
        _passed = null;
        foreach (var (name, value) in _values)
        {
            value.copy_(values[name]);
        }
    }

    public void Dispose()
    {
        Release(_values);
        Release(_passed);
    }

    private Dictionary<string, Tensor> Read()
    {
        using var scope = NewDisposeScope();
        return _network.named_buffers().ToDictionary(b => b.name, b => b.buffer.detach().clone().DetachFromDisposeScope());
    }

    private void Write()
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        foreach (var (name, buffer) in _network.named_buffers())
        {
            buffer.copy_(_values[name]);
        }
    }

    private static void Release(Dictionary<string, Tensor>? values)
    {
        foreach (var value in values?.Values.AsEnumerable() ?? [])
        {
            value.Dispose();
        }
    }

    private sealed class Evaluation(RunningBuffers owner, IDerivatives derivatives) : IDerivatives
    {
        public double Loss => derivatives.Loss;

        public double? Accuracy => derivatives.Accuracy;

        public Tensor Gradient => derivatives.Gradient;

        public double ProductError => derivatives.ProductError;

        public Tensor Hvp(Tensor vectors) => derivatives.Hvp(vectors);

        public Tensor GaussNewton(Tensor vectors) => derivatives.GaussNewton(vectors);

        public Tensor SharpnessGradient(Tensor direction) => derivatives.SharpnessGradient(direction);

        public void Dispose()
        {
            derivatives.Dispose();
            owner._open--;
        }
    }
}
