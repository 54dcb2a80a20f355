namespace LossSpikes.Monitors;

/// <summary>The columns that mini-batch runs have at every step, measured or not: what the update about to be made looks like.</summary>
internal static class BatchColumns
{
    /// <summary>|d|, the norm of the update.</summary>
    public const string UpdateNorm = "update_norm";

    /// <summary>The largest |d|/|θ| of a parameter.</summary>
    public const string UpdateRatio = "update_ratio";

    /// <summary>The geometric mean of P's diagonal.</summary>
    public const string Preconditioner = "preconditioner";

    /// <summary>The largest root mean square of g/P of a parameter.</summary>
    public const string Staleness = "staleness";

    /// <summary>The columns of a run.</summary>
    /// <param name="preconditioned">Whether the optimizer has a preconditioner.</param>
    public static IEnumerable<Column> Of(bool preconditioned) =>
    [
        Column.Further(UpdateNorm, "θ"),
        Column.Further(UpdateRatio, ""),
        .. preconditioned ? [Column.Further(Preconditioner, "loss/θ"), Column.Further(Staleness, "")] : (Column[])[],
    ];
}
