using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>A data set. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DigitsSettings), "digits")]
[JsonDerivedType(typeof(MnistSettings), "mnist")]
[JsonDerivedType(typeof(FashionMnistSettings), "fashion_mnist")]
[JsonDerivedType(typeof(Cifar10Settings), "cifar10")]
[JsonDerivedType(typeof(CsvSettings), "csv")]
[JsonDerivedType(typeof(InlineSettings), "inline")]
[JsonDerivedType(typeof(ChebyshevSettings), "chebyshev")]
[JsonDerivedType(typeof(GaussianClustersSettings), "gaussian_clusters")]
[JsonDerivedType(typeof(TeacherSettings), "teacher")]
[JsonDerivedType(typeof(LinearSettings), "linear")]
internal abstract record DataSettings;

/// <summary>What is done to the inputs before training, over the examples that are used.</summary>
internal enum Normalization
{
    None,
    Scale,
    Standardize,
}

/// <summary>The two halves that image collections come in.</summary>
internal enum DataPart
{
    Train,
    Test,
}
