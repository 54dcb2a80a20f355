using LossSpikes.Lab.Checks;

namespace LossSpikes.Tests.Checks;

public sealed class ThresholdCheckTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void Measured_limits_equal_the_table_to_one_in_a_thousand()
    {
        var rows = new ThresholdCheck().Run();
        Assert.Equal(9, rows.Count);
        Assert.All(rows, row => Assert.True(row.Pass && row.Tolerance <= 1e-3, $"{row.Name}: {row.Measured} against {row.Predicted}"));
        Assert.Equal(2 / 16.0, rows[0].Predicted, 1e-12);
        Assert.Equal(2 / 18.0, rows[1].Predicted, 1e-12);
        Assert.Equal(3.8 / 16, rows[2].Predicted, 1e-12);
    }
}
