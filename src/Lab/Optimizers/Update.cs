using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>One update of an optimizer, and the edge of stability that goes with it.</summary>
/// <param name="Point">θ_{t+1}, shape [d].</param>
/// <param name="Edge">The matrix and threshold of this very update.</param>
/// <param name="LearningRate">η_t, the step size of this update.</param>
internal sealed record Update(Tensor Point, StabilityEdge Edge, double LearningRate);
