using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>
/// The keys of a data set, which load or make it. This list is the registry of data sets: a new one is a file of its own, with its
/// settings and what reads or makes it, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DigitsSettings), "digits")]
[JsonDerivedType(typeof(MnistSettings), "mnist")]
[JsonDerivedType(typeof(FashionMnistSettings), "fashion_mnist")]
[JsonDerivedType(typeof(Cifar10Settings), "cifar10")]
[JsonDerivedType(typeof(CsvSettings), "csv")]
[JsonDerivedType(typeof(TensorsSettings), "tensors")]
[JsonDerivedType(typeof(TextSettings), "text")]
[JsonDerivedType(typeof(InlineSettings), "inline")]
[JsonDerivedType(typeof(ChebyshevSettings), "chebyshev")]
[JsonDerivedType(typeof(GaussianClustersSettings), "gaussian_clusters")]
[JsonDerivedType(typeof(TeacherSettings), "teacher")]
[JsonDerivedType(typeof(LinearSettings), "linear")]
internal abstract record DataSettings
{
    [Description("A power of two: into how many chunks the examples are cut, for lab run --ranks. Losses, gradients and products of the chunks are added in a "
        + "fixed order, so that results do not depend on the number of ranks. Empty: none, or 16 where --ranks is given.")]
    [Range(2, 4096)]
    public int? Chunks { get; init; }

    /// <summary>The data set; random ones come from a generator of their own and leave the global random state as it is.</summary>
    /// <exception cref="InputException">A file is missing or not what it should be, or the settings do not go together.</exception>
    internal DataSet Load()
    {
        using var scope = NewDisposeScope();
        var data = Make();
        return data with { Inputs = data.Inputs.MoveToOuterDisposeScope(), Targets = data.Targets.MoveToOuterDisposeScope() };
    }

    /// <summary>Reads or makes the data set; whatever else it allocates belongs to the dispose scope it is called in.</summary>
    protected abstract DataSet Make();
}
