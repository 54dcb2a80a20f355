namespace LossSpikes.Monitors.Flows;

/// <summary>The columns of a flow in metrics.csv.</summary>
public static class FlowColumns
{
    /// <summary>The predicted mean of the optimizer's loss.</summary>
    public const string PredictedLoss = "predicted_loss";

    /// <summary>tr X, the predicted mean square of the oscillation.</summary>
    public const string Trace = "flow_trace";

    /// <summary>How many eigenvalues are at the edge.</summary>
    public const string Modes = "flow_modes";

    /// <summary>The loss beyond its quadratic part, relative to the prediction; see <see cref="FlowStep.BeyondQuadratic"/>.</summary>
    public const string BeyondQuadratic = "beyond_quadratic";

    /// <summary>The distance between flow and run at equal times.</summary>
    public const string Distance = "flow_distance";

    /// <summary>Third derivatives spent at a step.</summary>
    public const string ThirdDerivatives = "third_derivatives";

    private const string ComplementarityPrefix = "complementarity_";

    /// <summary>The columns.</summary>
    /// <param name="substeps">Substeps of a step, each with the residual of its complementarity problem; 0 where there are none.</param>
    public static IEnumerable<Column> Of(int substeps) =>
    [
        Column.Further(PredictedLoss, "loss"),
        Column.Further(Trace, "θ²"),
        Column.Further(Modes, ""),
        Column.Further(BeyondQuadratic, ""),
        Column.Further(Distance, "θ"),
        .. Enumerable.Range(1, substeps).Select(i => Column.Further(Complementarity(i), "") with { IsDetail = true }),
        Column.Further(ThirdDerivatives, "") with { IsDetail = true },
    ];

    /// <summary>The values of a step, with others.</summary>
    public static IReadOnlyDictionary<string, double> Values(FlowStep step, params IEnumerable<(string Name, double Value)> others)
    {
        IEnumerable<(string Name, double Value)> all =
        [
            (PredictedLoss, step.PredictedLoss),
            (Trace, step.Trace),
            (Modes, step.Modes),
            (BeyondQuadratic, step.BeyondQuadratic ?? double.NaN),
            (ThirdDerivatives, step.ThirdDerivatives),
            .. step.Residuals.Select((r, i) => (Complementarity(i + 1), r)),
            .. others,
        ];
        return all.Where(v => double.IsFinite(v.Value)).ToDictionary(v => v.Name, v => v.Value);
    }

    /// <summary>Whether a column is the residual of a complementarity problem.</summary>
    public static bool IsComplementarity(string name) => name.StartsWith(ComplementarityPrefix, StringComparison.Ordinal);

    private static string Complementarity(int substep) => FormattableString.Invariant($"{ComplementarityPrefix}{substep}");
}
