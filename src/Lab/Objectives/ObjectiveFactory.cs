using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>Makes the objective that an experiment describes.</summary>
internal static class ObjectiveFactory
{
    /// <summary>The objective at its starting point; random parts are drawn from the global random state.</summary>
    public static IObjective Create(Experiment experiment, Device device)
    {
        var type = experiment.Precision == Precision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return experiment.Objective switch
        {
            NetworkSettings network => new NetworkObjective(network, type, device),
            QuadraticSettings quadratic => Toys.Create(quadratic, experiment.Seed, type, device),
            PowerLawSettings powerLaw => Toys.Create(powerLaw, type, device),
            _ => throw new NotSupportedException(experiment.Objective.GetType().Name),
        };
    }
}
