using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The diagonal P by which an adaptive optimizer divides, θ ← θ − ηP⁻¹m, shape [d] (Cohen 2022, arXiv 2207.14484). The second
/// moment v is the one that the update about to be made uses, with the present gradient in it: v ← β₂v + (1−β₂)g².
/// </summary>
public static class Preconditioner
{
    /// <summary>RMSProp: √v + ε.</summary>
    /// <param name="secondMoment">v, shape [d].</param>
    /// <param name="epsilon">ε.</param>
    public static Tensor RmsProp(Tensor secondMoment, double epsilon = 1e-8)
    {
        using var scope = NewDisposeScope();
        return secondMoment.sqrt().add_(Scalar(epsilon), alpha: Scalar(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Adam, both bias corrections in it: (1−β₁ⁿ)(√(v/(1−β₂ⁿ)) + ε), n = t + 1.</summary>
    /// <param name="secondMoment">v, shape [d].</param>
    /// <param name="step">t, the number of updates made before this one.</param>
    /// <param name="beta1">β₁, of the first moment.</param>
    /// <param name="beta2">β₂, of the second.</param>
    /// <param name="epsilon">ε.</param>
    public static Tensor Adam(Tensor secondMoment, long step, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
    {
        using var scope = NewDisposeScope();
        var root = (secondMoment / Scalar(1 - Math.Pow(beta2, step + 1))).sqrt_();
        return root.add_(Scalar(epsilon), alpha: Scalar(1)).mul_(Scalar(1 - Math.Pow(beta1, step + 1))).MoveToOuterDisposeScope();
    }
}
