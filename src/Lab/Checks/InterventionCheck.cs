using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// Dropping the learning rate at the edge ends the oscillation, and the sharpness climbs on to where it would have gone; raising it again
/// brings the spikes back (Cohen 2021, section 3.1 and appendix), on the power law.
/// </summary>
internal sealed class InterventionCheck : ITheoryCheck
{
    private const double High = 70, Low = 40;
    private const int Drop = 400, Rise = 2400, Steps = 3200, Settling = 20;

    public string Name => "intervention";

    public string Description => "a learning rate that is dropped at the edge ends the spikes, and raised again brings them back";

    public IReadOnlyList<CheckRow> Run()
    {
        using var formula = HamletSweep.Formula();
        using var objective = new ToyObjective(formula, PowerLaw.ArticleStart);
        var changed = new GradientDescentSettings
        {
            LearningRate = High,
            Schedule = new ListSchedule { Values = new Dictionary<int, double> { [Drop] = Low, [Rise] = High } },
        };
        var seen = ShortTraining.Run(objective, changed, Steps);
        using var undisturbed = new ToyObjective(formula, PowerLaw.ArticleStart);
        var calm = ShortTraining.Run(undisturbed, new GradientDescentSettings { LearningRate = Low }, Rise)[^1].Sharpness!.Value;
        var between = seen.Skip(Drop + Settling).Take(Rise - Drop - Settling).Select(m => m.Loss).ToList();
        var lowest = seen.Skip(Rise).Take(10).Min(m => m.Loss);
        return
        [
            new CheckRow(
                $"steps between the drop ({Drop}) and the rise ({Rise}) at which the loss goes up by more than a millionth",
                between.Zip(between.Skip(1)).Count(p => p.Second > p.First * (1 + 1e-6)),
                0,
                0.5),
            new CheckRow(
                "sharpness before the rise over that of a run that had the low learning rate from the start", seen[Rise - 1].Sharpness!.Value / calm, 1, 1e-2),
            new CheckRow(
                "whether the loss spikes again after the rise, more than 1.5 times (1 where it does)",
                seen.Skip(Rise).Max(m => m.Loss) > 1.5 * lowest ? 1 : 0,
                1,
                1e-12),
        ];
    }
}
