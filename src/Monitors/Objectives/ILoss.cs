using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>A loss that is a sum over examples, so that a full batch can be evaluated in parts without changing its value.</summary>
public interface ILoss
{
    /// <summary>The sum of the loss over the examples, one number.</summary>
    /// <param name="outputs">The outputs of the network, shape [n, …].</param>
    /// <param name="targets">The targets, first dimension n.</param>
    Tensor Sum(Tensor outputs, Tensor targets);

    /// <summary>
    /// How many of the examples are classified correctly, or null where there are no classes. An example with a class at each of several
    /// positions counts by the share of them that are right.
    /// </summary>
    double? Correct(Tensor outputs, Tensor targets);

    /// <summary>The mean loss of a model that has learned nothing; 1 where it is not known.</summary>
    /// <param name="targets">The targets, first dimension n.</param>
    double Scale(Tensor targets) => 1;
}
