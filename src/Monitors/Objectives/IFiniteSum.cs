namespace LossSpikes.Monitors.Objectives;

/// <summary>An objective that is the mean of a loss over n examples, f(θ) = (1/n) Σ f_i(θ), so that it can be evaluated on a batch of them.</summary>
public interface IFiniteSum : IObjective
{
    /// <summary>n.</summary>
    long Examples { get; }

    /// <summary>The mean over some examples, as a function of the same parameters: where one is moved, the other has moved.</summary>
    /// <param name="examples">Their indices, from 0; one that is listed twice counts twice.</param>
    /// <returns>An objective with its own copy of the examples. It must be disposed before this one.</returns>
    IObjective Over(IReadOnlyList<long> examples);
}
