namespace LossSpikes.Monitors.Detection;

/// <summary>Evaluates batches at the parameters before a rise and at the present ones.</summary>
internal interface IBatchExaminer
{
    /// <summary>The last examination; null before the first.</summary>
    BatchExamination? Last { get; }

    /// <summary>Examines the step that is observed. While an interrupted run is rebuilt from its rows it does nothing.</summary>
    /// <param name="step">The step.</param>
    /// <param name="before">The step before the rise.</param>
    void Examine(long step, long before);

    /// <summary>The step before a rise that opened at <paramref name="step"/>.</summary>
    static long Before(long step) => Math.Max(0, (step - Interval) / Interval * Interval);

    /// <summary>Steps from one copy of the parameters to the next.</summary>
    const int Interval = 16;
}

/// <summary>What an examination found.</summary>
/// <param name="Step">The step that was examined: that of the opening, or a later one of a higher loss.</param>
/// <param name="Batch">The batch: its epoch and its place in it, or null, and its examples.</param>
/// <param name="ThisBefore">Its loss before the rise.</param>
/// <param name="OthersBefore">The losses of other batches before the rise.</param>
/// <param name="OthersNow">The losses of the same batches now.</param>
/// <param name="UpdateCurvature">κ of the update about to be made.</param>
/// <param name="GrownParameter">The parameter whose step grew most, and by which factor.</param>
/// <param name="StaleParameters">The parameters in which g/P is largest, where there is a preconditioner.</param>
/// <param name="HalfLife">ln 2/(1−β₂), where there is a second moment.</param>
internal sealed record BatchExamination(
    long Step,
    (long? Epoch, long? Place, IReadOnlyList<long> Examples) Batch,
    double ThisBefore,
    IReadOnlyList<double> OthersBefore,
    IReadOnlyList<double> OthersNow,
    double? UpdateCurvature,
    (string Name, double Factor)? GrownParameter,
    IReadOnlyList<StaleParameter>? StaleParameters,
    double? HalfLife);
