using System.Text.Json.Serialization;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>
/// The keys of a function to minimize, which create it. This list is the registry of objectives: a new one is a file of its own, with
/// its settings and its formula, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NetworkSettings), "network")]
[JsonDerivedType(typeof(QuadraticSettings), "quadratic")]
[JsonDerivedType(typeof(PowerLawSettings), "power_law")]
internal abstract record ObjectiveSettings
{
    /// <summary>The precision of runs that name none.</summary>
    // Not public, like the members below, so that it is no key of the file.
    internal abstract Precision DefaultPrecision { get; }

    /// <summary>How many chunks the examples are cut into, so that several processes share them; null where they are not.</summary>
    internal virtual int? Chunks => null;

    /// <summary>The same objective in so many chunks, where it has examples and names no number.</summary>
    internal virtual ObjectiveSettings InChunks(int chunks) => this;

    /// <summary>The same objective without the file of its initial parameters, for a run whose parameters come from a checkpoint.</summary>
    internal virtual ObjectiveSettings WithoutInitialFile() => this;

    /// <summary>The objective at its starting point; random parts are drawn from the global random state, or by the seed.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="type">The dtype of parameters and arithmetic.</param>
    /// <param name="device">Where the tensors are.</param>
    /// <exception cref="InputException">Keys contradict each other, or a file is not what it should be.</exception>
    internal abstract IObjective Create(int seed, ScalarType type, Device device);
}
