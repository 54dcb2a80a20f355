using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary>Numbers of a diagnosis against closed forms.</summary>
public sealed class DiagnosisFactsTests
{
    private const double S = 3.7;

    [Fact]
    public void The_largest_learning_rate_has_the_closed_forms_of_the_theory()
    {
        const double Beta = 0.9, Decay = 0.3;

        Is(2 / S, new GradientDescentSettings { LearningRate = 0.1 });
        Is((2 + 2 * Beta) / S, new MomentumSettings { LearningRate = 0.1, Beta = Beta });
        Is((2 + 2 * Beta) / (1 + 2 * Beta) / S, new MomentumSettings { LearningRate = 0.1, Beta = Beta, Nesterov = true });
        Is(2 * (1 + Beta) / (1 - Beta) / S, new EmaMomentumSettings { LearningRate = 0.1, Beta = Beta });
        Is(2 / S, new RmsPropSettings { LearningRate = 0.1 });
        Is(2 * (1 + Beta) / (1 - Beta) / S, new AdamSettings { LearningRate = 0.1, Beta1 = Beta });
        Is(2 * (1 + Beta) / ((1 - Beta) * S + (1 + Beta) * Decay), new AdamWSettings { LearningRate = 0.1, Beta1 = Beta, WeightDecay = Decay });

        static void Is(double rate, OptimizerSettings settings)
        {
            Assert.Equal(rate, LargestRate.Of(settings, 0.1, S), 1e-12 * rate);
            Assert.Equal(double.PositiveInfinity, LargestRate.Of(settings, 0.1, -1));
        }
    }

    [Fact]
    public void A_second_moment_that_fell_faster_than_its_decay_was_reset()
    {
        const double Decay = 0.9;
        using var scope = NewDisposeScope();

        // After 2 updates without gradients v is 0.81 of what it was; a third of it at 0.5 can only be new, as can a lower count.
        var kept = Facts(10, [1, 4, 9], 12, [0.81, 2 * 0.81 * 4, 9]);
        var third = Facts(10, [1, 4, 9], 12, [0.5, 4, 9]);
        var most = Facts(10, [1, 4, 9], 12, [0.5, 2, 9]);
        var fewer = Facts(10, [1, 4, 9], 2, [1, 4, 9]);

        Assert.Equal((0, false), (kept.ForgottenShare, kept.WasReset));
        Assert.Equal(Math.Pow(0.81 * 2 * 0.81, 1.0 / 6), kept.MeanRatio, 1e-12);
        Assert.Equal(Math.Log(2) / 0.1, kept.HalfLife, 1e-9);
        Assert.Equal((1.0 / 3, false), (third.ForgottenShare, third.WasReset));
        Assert.Equal((2.0 / 3, true), (most.ForgottenShare, most.WasReset));
        Assert.Equal((0, true), (fewer.ForgottenShare, fewer.WasReset));

        static MomentFacts Facts(long before, double[] v, long after, double[] later)
        {
            var experiment = new Experiment
            {
                Name = "v",
                Objective = new QuadraticSettings { Eigenvalues = [1, 1, 1] },
                Optimizer = new RmsPropSettings { LearningRate = 0.1, Beta2 = Decay },
                Steps = 1,
            };
            using var training = new TrainingCase(experiment, experiment.CreateObjective(CPU), Moment(before, v))
            {
                Create = _ => experiment.CreateObjective(CPU),
                After = Moment(after, later),
            };
            return MomentFacts.Of(training)!;
        }

        static Snapshot Moment(long step, double[] v) => new(
            step, zeros(v.Length, ScalarType.Float64), new Dictionary<string, Tensor>(), new OptimizerState { SecondMoment = tensor(v) });
    }
}
