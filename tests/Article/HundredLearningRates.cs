using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Tests.Article;

/// <summary>The power law on Hamlet at η = 1…100, 2,500 steps, once by the lab and once by the closed form.</summary>
public sealed class HundredLearningRates : IDisposable
{
    private readonly PowerLaw _law = new(WordFrequencies.Hamlet());

    public HundredLearningRates()
    {
        var trajectories = BatchedDescent.Walk(_law, PowerLaw.ArticleStart, [.. Enumerable.Range(1, 100).Select(i => (double)i)], 2500);
        Rates = [.. trajectories.Select(t => new Rate(t, TrajectoryCurvature.Along(_law, t), PowerLawClosedForm.Walk(t.LearningRate, 2500)))];
    }

    internal IReadOnlyList<Rate> Rates { get; }

    public void Dispose() => _law.Dispose();

    internal sealed record Rate(Trajectory Path, CurvatureTrace Curvature, PowerLawClosedForm Expected)
    {
        public double Eta => Path.LearningRate;

        /// <summary>The first step with S above 2/η after one with S at most 2/η; one more than the number of steps if there is none.</summary>
        public int FirstCrossing => Crossing(Curvature.Eigenvalues[0]);

        public int ExpectedFirstCrossing => Crossing(Expected.Lambda1);

        /// <summary>Measured and expected series. Those that change sign have no meaningful relative error near zero.</summary>
        public IEnumerable<(string Name, double[] Measured, double[] Expected, bool ChangesSign)> Series =>
        [
            ("C", Path.Parameters[0], Expected.C, true),
            ("α", Path.Parameters[1], Expected.Alpha, false),
            ("loss", Path.Loss, Expected.Loss, false),
            ("λ₁", Curvature.Eigenvalues[0], Expected.Lambda1, false),
            ("λ₂", Curvature.Eigenvalues[1], Expected.Lambda2, true),
            ("g·v₁", Curvature.GradientAlong[0], Expected.AlongV1, true),
            ("g·v₂", Curvature.GradientAlong[1], Expected.AlongV2, true),
        ];

        private int Crossing(double[] sharpness)
        {
            var t = 1;
            while (t < sharpness.Length && !(sharpness[t] > 2 / Eta && sharpness[t - 1] <= 2 / Eta))
            {
                t++;
            }

            return t;
        }
    }
}
