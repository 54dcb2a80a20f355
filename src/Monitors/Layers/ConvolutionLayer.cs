using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// A convolution of images, [n, C, H, W] → [n, O, h, w], as one matrix product with the patches of all images: see <see cref="Convolution"/> for
/// why not libtorch's own. In memory channels come first and examples last: images become matrices without a copy, and runs of numbers are long.
/// </summary>
/// <param name="weight">The kernels, shape [O, C, height, width].</param>
/// <param name="bias">The biases, shape [O], or null.</param>
/// <param name="stride">By how many pixels they move, down and across.</param>
/// <param name="padding">Rows and columns of zeros on each side.</param>
internal sealed class ConvolutionLayer(Tensor weight, Tensor? bias, (long Down, long Across) stride, (long Rows, long Columns) padding) : Layer
{
    private long[] _shape = []; // of the input
    private Tensor? _patches, _error; // [C·height·width, n·h·w], [O, n·h·w]
    private Tensor? _moved;

    public override IEnumerable<Tensor?> Kept => [_patches, _error];

    private long Height => ((_shape[2] + (2 * padding.Rows) - weight.shape[2]) / stride.Down) + 1;

    private long Width => ((_shape[3] + (2 * padding.Columns) - weight.shape[3]) / stride.Across) + 1;

    private Tensor Kernels => weight.flatten(1);

    public override Tensor Forward(Tensor x)
    {
        _shape = x.shape;
        _patches = Patches(x);
        return Images(Shifted(Kernels.mm(_patches), bias));
    }

    public override Tensor? Backward(Tensor error, bool toInput, bool curvature)
    {
        _error = Matrix(error);
        return toInput ? Gathered(Kernels.t().mm(_error)) : null;
    }

    public override void AddGradient(Tensor[] sum) => Add(sum, _error!);

    public override Tensor ForwardAlong(Tensor? moved, Tensor[] v)
    {
        _moved = moved is null ? null : Patches(moved);
        var turned = Shifted(v[0].flatten(1).mm(_patches!), v.ElementAtOrDefault(1));
        return Images(_moved is null ? turned : turned.addmm_(Kernels, _moved, 1, 1));
    }

    public override Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum)
    {
        var error = Matrix(turned);
        Add(sum, error);
        if (!toInput)
        {
            return null;
        }

        sum[0].flatten(1).addmm_(_error!, _moved!.t(), 1, 1);
        return Gathered(Kernels.t().mm(error).addmm_(v[0].flatten(1).t(), _error!, 1, 1));
    }

    private void Add(Tensor[] sum, Tensor error)
    {
        sum[0].flatten(1).addmm_(error, _patches!.t(), 1, 1);
        sum.ElementAtOrDefault(1)?.add_(error.sum(1L), alpha: Scalar(1));
    }

    private static Tensor Shifted(Tensor matrix, Tensor? shift) => shift is null ? matrix : matrix.add_(shift.view(-1, 1), alpha: Scalar(1));

    private static Tensor Matrix(Tensor images) => images.permute(1, 2, 3, 0).reshape(images.shape[1], -1);

    private Tensor Images(Tensor matrix) => matrix.view(matrix.shape[0], Height, Width, _shape[0]).permute(3, 0, 1, 2);

    /// <summary>The patch under each position of the kernel, one column for each.</summary>
    private Tensor Patches(Tensor images)
    {
        var padded = Padded(images);
        Inside(padded).copy_(images.permute(1, 2, 3, 0));
        return padded.unfold(1, weight.shape[2], stride.Down).unfold(2, weight.shape[3], stride.Across)
            .permute(0, 4, 5, 1, 2, 3).reshape(Kernels.shape[1], -1);
    }

    /// <summary>The transpose of <see cref="Patches"/>: every pixel receives the sum of what the patches hold of it.</summary>
    private Tensor Gathered(Tensor patches)
    {
        var padded = Padded(patches);
        var (rows, columns) = (weight.shape[2], weight.shape[3]);
        var parts = patches.view(_shape[1], rows, columns, Height, Width, _shape[0]);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                padded.slice(1, i, i + ((Height - 1) * stride.Down) + 1, stride.Down)
                    .slice(2, j, j + ((Width - 1) * stride.Across) + 1, stride.Across)
                    .add_(parts.select(1, i).select(1, j), alpha: Scalar(1));
            }
        }

        return Inside(padded).contiguous().permute(3, 0, 1, 2);
    }

    private Tensor Padded(Tensor like) =>
        zeros([_shape[1], _shape[2] + (2 * padding.Rows), _shape[3] + (2 * padding.Columns), _shape[0]], like.dtype, like.device);

    private Tensor Inside(Tensor padded) => padded.narrow(1, padding.Rows, _shape[2]).narrow(2, padding.Columns, _shape[3]);
}
