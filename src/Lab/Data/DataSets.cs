using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Loads or makes the data that an experiment describes.</summary>
internal static class DataSets
{
    /// <summary>The data set; random ones come from a generator of their own and leave the global random state as it is.</summary>
    /// <exception cref="InputException">A file is missing or not what it should be, or the settings do not go together.</exception>
    public static DataSet Load(DataSettings settings)
    {
        using var scope = NewDisposeScope();
        var data = settings switch
        {
            DigitsSettings digits => ImageSelection.Take(Digits.Read(digits.File), digits),
            MnistSettings mnist => ImageSelection.Take(Mnist.Read(mnist), mnist),
            FashionMnistSettings fashion => ImageSelection.Take(Mnist.ReadFashion(fashion), fashion),
            Cifar10Settings cifar => ImageSelection.Take(Cifar10.Read(cifar), cifar),
            CsvSettings csv => CsvTable.Load(csv),
            InlineSettings inline => InlineTable.Load(inline),
            ChebyshevSettings chebyshev => Chebyshev.Make(chebyshev),
            GaussianClustersSettings clusters => GaussianClusters.Make(clusters),
            TeacherSettings teacher => Teacher.Make(teacher),
            LinearSettings linear => LinearTargets.Make(linear),
            _ => throw new NotSupportedException(settings.GetType().Name),
        };
        return new DataSet(data.Inputs.MoveToOuterDisposeScope(), data.Targets.MoveToOuterDisposeScope(), data.Classes);
    }
}
