using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>A regression whose targets come from a random network, so that a student as large can fit it exactly.</summary>
internal static class Teacher
{
    /// <summary>Draws the inputs and the teacher, and asks it.</summary>
    public static DataSet Make(TeacherSettings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        var inputs = Normal(settings.Examples, settings.Inputs);
        var signal = settings.Hidden.Aggregate(inputs, (x, width) => Layer(x, width).tanh());
        return new DataSet(inputs, Layer(signal, settings.Outputs));

        Tensor Layer(Tensor x, long width) => x.mm(Normal(x.shape[1], width)) / Scalar(Math.Sqrt(x.shape[1]));

        Tensor Normal(long rows, long columns) => randn([rows, columns], dtype: ScalarType.Float64, generator: generator);
    }
}
