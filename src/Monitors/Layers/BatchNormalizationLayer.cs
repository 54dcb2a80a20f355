using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// BatchNorm, [n, C, …] → the same: y = w·x̂ + b with x̂ = s·(x − mean), s = 1/√(variance + ε), each channel by itself. In training mode mean and
/// variance are functions of the batch, in evaluation mode constants.
/// </summary>
/// <param name="weight">w, shape [C].</param>
/// <param name="bias">b, shape [C].</param>
/// <param name="epsilon">ε.</param>
/// <param name="running">Mean and variance that are constants, each [C]; null where they are the batch's.</param>
/// <param name="track">Takes the mean and the variance of the batch, each [C, 1], and of how many numbers they are.</param>
internal sealed class BatchNormalizationLayer(
    Tensor weight, Tensor bias, double epsilon, Func<(Tensor Mean, Tensor Variance)?> running, Action<Tensor, Tensor, double> track) : Layer
{
    private long[] _shape = [];
    private bool _examplesLast; // in memory
    private bool _constant; // mean and variance
    private Tensor? _normal, _scale; // x̂ and s
    private Tensor? _error, _meanError, _slope; // ∂f/∂y, its mean, and its mean with x̂
    private Tensor? _rest; // ∂f/∂x without the factor w·s
    private Tensor? _moved, _stretch; // R{x̂}, and −R{s}/s²

    public override IEnumerable<Tensor?> Kept => [_normal, _scale, _error, _meanError, _slope, _rest];

    private Tensor Weight => weight.view(-1, 1);

    public override Tensor Forward(Tensor x)
    {
        (_shape, _examplesLast) = (x.shape, x.stride(0) == 1);
        var rows = Rows(x);
        var constants = running();
        _constant = constants is not null;
        var mean = constants?.Mean.view(-1, 1) ?? Mean(rows);
        var centred = rows - mean;
        var variance = constants?.Variance.view(-1, 1) ?? Mean(centred.Squared());
        if (!_constant)
        {
            track(mean, variance, rows.shape[1]);
        }

        _scale = variance.Plus(Scalar(epsilon)).rsqrt();
        _normal = centred.mul_(_scale);
        return Images((_normal * Weight).add_(bias.view(-1, 1), alpha: Scalar(1)));
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        _error = Rows(error);
        (_meanError, _slope) = (Mean(_error), Mean(_error, _normal!));
        _rest = _constant ? _error : Cleared(_error, _meanError, _slope);
        return toInput ? Images(_rest * (Weight * _scale!)) : null;
    }

    public override void AddGradient(Tensor[] sum) => Add(sum, _meanError!, _slope!);

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v)
    {
        var turned = (_normal! * v[0].view(-1, 1)).add_(v[1].view(-1, 1), alpha: Scalar(1));
        if (moved is null)
        {
            return Images(turned);
        }

        var rows = Rows(moved);
        _stretch = _constant ? null : Mean(rows, _normal!);
        _moved = _constant ? rows * _scale! : Cleared(rows, Mean(rows), _stretch!).mul_(_scale!);
        return Images(turned.addcmul_(_moved, Weight, Scalar(1)));
    }

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum)
    {
        var error = Rows(turned);
        var (mean, slope) = (Mean(error), Mean(error, _normal!));
        if (!toInput)
        {
            Add(sum, mean, slope);
            return null;
        }

        slope.add_(Mean(_error!, _moved!), alpha: Scalar(1));
        Add(sum, mean, slope);
        var factor = v[0].view(-1, 1) * _scale!;
        if (_constant)
        {
            return Images((error * (Weight * _scale!)).addcmul_(_rest!, factor, Scalar(1)));
        }

        factor.addcmul_(Weight * _scale!.Squared(), _stretch!, Scalar(-1));
        var rest = Cleared(error, mean, slope).addcmul_(_moved!, _slope!, Scalar(-1));
        return Images(rest.mul_(Weight * _scale!).addcmul_(_rest!, factor, Scalar(1)));
    }

    /// <summary>What is left of <paramref name="rows"/> without their mean and their part along x̂.</summary>
    private Tensor Cleared(Tensor rows, Tensor mean, Tensor slope) => (rows - mean).addcmul_(_normal!, slope, Scalar(-1));

    private void Add(Tensor[] sum, Tensor mean, Tensor slope)
    {
        double numbers = _normal!.shape[1];
        sum[0].add_(slope.flatten(), alpha: Scalar(numbers));
        sum[1].add_(mean.flatten(), alpha: Scalar(numbers));
    }

    private static Tensor Mean(Tensor rows) => rows.mean([1], keepdim: true);

    private static Tensor Mean(Tensor a, Tensor b) => a.unsqueeze(1).bmm(b.unsqueeze(2)).view(-1, 1) / Scalar((double)a.shape[1]);

    /// <summary>One row for each channel, of numbers in the order that the input has in memory.</summary>
    private Tensor Rows(Tensor images) => (_examplesLast ? images.movedim([0], [-1]) : images.transpose(0, 1)).flatten(1);

    private Tensor Images(Tensor rows) => _examplesLast
        ? rows.view([.. _shape[1..], _shape[0]]).movedim([-1], [0])
        : rows.view([_shape[1], _shape[0], .. _shape[2..]]).transpose(0, 1);
}
