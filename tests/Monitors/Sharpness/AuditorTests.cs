using LossSpikes.Monitors;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

public sealed class AuditorTests
{
    [Theory]
    [InlineData(null, new[] { 100, 200, 400, 400, 100, 200 })]
    [InlineData(70, new[] { 70, 70, 70, 70, 70, 70 })]
    public void An_audit_that_finds_something_brings_the_first_interval_back_and_an_interval_that_is_given_stays(int? every, int[] expected)
    {
        var auditor = new Auditor(new MonitorOptions { AuditEvery = every });
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => Wait(auditor, found: i == 3)));
    }

    [Fact]
    public void After_an_event_an_audit_is_due_at_half_the_interval()
    {
        var auditor = new Auditor(new MonitorOptions());
        Wait(auditor, found: false);
        auditor.Request();
        Assert.Equal(100, Wait(auditor, found: false));
    }

    /// <summary>Measures until an audit is due, and makes it.</summary>
    private static int Wait(Auditor auditor, bool found)
    {
        var steps = 0;
        for (; !auditor.IsDue; steps++)
        {
            auditor.Observe(new Measurement { Step = steps, Loss = 1, GradientNorm = 1, Threshold = 1, Eigenvalues = [1] });
        }

        auditor.Compare(steps, Pairs(1), Pairs(found ? 2 : 1));
        return steps;
    }

    private static Eigenpairs Pairs(double value) => new([value], zeros(1, 1), [0], [true], 1);
}
