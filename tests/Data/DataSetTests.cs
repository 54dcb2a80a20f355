using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using LossSpikes.Tests.Monitors;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Data;

/// <summary>Tables and synthetic data against their definitions.</summary>
public sealed class DataSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(24)]
    public void Chebyshev_targets_are_cosines_of_multiple_angles(int degree)
    {
        var data = new ChebyshevSettings { Degree = degree, Points = 20 }.Load();
        var x = data.Inputs.data<double>().ToArray();

        Assert.Equal((-1.0, 1.0, 20), (x[0], x[^1], x.Length));
        Assert.Equal(x.Select(v => Math.Cos(degree * Math.Acos(v))), data.Targets.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal((2.0 / 19, null), (x[1] - x[0], data.Classes));
    }

    [Fact]
    public void Linear_inputs_are_white_and_the_map_has_the_singular_values()
    {
        var data = new LinearSettings { Inputs = 6, Outputs = 4, Examples = 30, SingularValues = [5, 2] }.Load();
        var map = data.Inputs.t().mm(data.Targets) / 30;

        TensorAssert.AssertClose(data.Inputs.t().mm(data.Inputs) / 30, eye(6, dtype: ScalarType.Float64), 1e-13);
        Assert.Equal([5.0, 2, 0, 0], linalg.svdvals(map).data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        TensorAssert.AssertClose(data.Inputs.mm(map), data.Targets, 1e-13);
    }

    [Fact]
    public void Clusters_lie_around_centres_at_the_separation()
    {
        var data = new GaussianClustersSettings { Classes = 3, Dimension = 40, Separation = 100, Examples = 3000 }.Load();

        Assert.Equal([0L, 1, 2, 0], data.Targets[..4].data<long>().ToArray());
        for (var c = 0; c < 3; c++)
        {
            var cloud = data.Inputs[data.Targets == c];
            Assert.Equal(100, cloud.mean([0L]).norm().item<double>(), 0.5);
            Assert.Equal(1, cloud.std(0, unbiased: true).mean().item<double>(), 0.02);
        }
    }

    [Theory]
    [InlineData("clusters")]
    [InlineData("teacher")]
    [InlineData("linear")]
    public void The_seed_determines_random_data_and_the_global_state_is_left_alone(string kind)
    {
        manual_seed(5);
        var expected = rand(3);
        manual_seed(5);
        var (first, again, other) = (Settings(1).Load(), Settings(1).Load(), Settings(2).Load());

        Assert.Equal(expected.data<float>().ToArray(), rand(3).data<float>().ToArray());
        Assert.True(first.Inputs.eq(again.Inputs).all().item<bool>() && first.Targets.eq(again.Targets).all().item<bool>());
        Assert.False(first.Inputs.eq(other.Inputs).any().item<bool>());

        DataSettings Settings(int seed) => kind switch
        {
            "clusters" => new GaussianClustersSettings { Classes = 2, Dimension = 3, Separation = 1, Examples = 8, Seed = seed },
            "teacher" => new TeacherSettings { Inputs = 3, Hidden = [4], Outputs = 2, Examples = 8, Seed = seed },
            _ => new LinearSettings { Inputs = 3, Outputs = 2, Examples = 8, SingularValues = [1], Seed = seed },
        };
    }

    [Fact]
    public void Columns_of_a_CSV_are_selected_by_name_for_a_regression()
    {
        var file = _folder.Write("data.csv", "a,y,b,z\n1,2,3,4\n5,6,7,8\n9,10,11,12\n");
        var data = new CsvSettings { File = file, Targets = ["z", "y"], Predict = Prediction.Regression, Examples = 2 }.Load();

        Assert.Equal([1.0, 3, 5, 7], data.Inputs.data<double>().ToArray());
        Assert.Equal([4.0, 2, 8, 6], data.Targets.data<double>().ToArray());
        Assert.Null(data.Classes);
    }

    [Fact]
    public void Columns_of_a_CSV_without_a_header_are_numbered_and_classes_are_selected()
    {
        var file = _folder.Write("data.csv", "0.5,1,2\n0.6,2,0\n0.7,3,5\n0.8,4,2\n");
        var settings = new CsvSettings
        {
            File = file,
            Header = false,
            Features = ["2"],
            Targets = ["3"],
            Predict = Prediction.Classification,
            Classes = [5, 2],
        };
        var data = settings.Load();

        Assert.Equal([1.0, 3, 4], data.Inputs.data<double>().ToArray());
        Assert.Equal([1L, 0, 1], data.Targets.data<long>().ToArray());
        Assert.Equal(2, data.Classes);
    }

    [Theory]
    [InlineData("Scale", new[] { 0.0, 0, 0.25, 0, 1, 0 })]
    [InlineData("Standardize", new[] { -0.9805806756909202, 0, -0.39223227027636806, 0, 1.3728129459672882, 0 })]
    public void A_constant_column_becomes_zero_instead_of_infinite(string how, double[] expected)
    {
        var file = _folder.Write("data.csv", "a,b,y\n1,0.1,0\n2,0.1,0\n5,0.1,0\n");
        var data = new CsvSettings { File = file, Targets = ["y"], Predict = Prediction.Regression, Normalize = Enum.Parse<Normalization>(how) }.Load();

        Assert.Equal(expected, data.Inputs.data<double>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void Classes_of_a_regression_are_refused()
    {
        var file = _folder.Write("data.csv", "a,y\n1,0\n");
        var settings = new CsvSettings { File = file, Targets = ["y"], Predict = Prediction.Regression, Classes = [0, 1] };

        Assert.Contains("a regression has no classes", Assert.Throws<InputException>(() => settings.Load()).Message, StringComparison.Ordinal);
    }
}
