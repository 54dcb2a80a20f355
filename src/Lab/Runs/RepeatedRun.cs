namespace LossSpikes.Lab.Runs;

/// <summary>
/// The record of a run whose steps are made once more: each loss must be the recorded one, or the folder does not describe the run that was made. The
/// tolerance is 1 % of the loss, and where that is less 1e-6 of the first one.
/// </summary>
internal sealed class RepeatedRun
{
    // Far below the rise of a spike, far above what another processor rounds differently.
    private const double SameLoss = 0.01, SingleRounding = 1e-6;

    private readonly Dictionary<long, double> _losses;
    private readonly string _directory;
    private readonly double _first;

    /// <summary>The record of a run.</summary>
    /// <param name="past">Its folder.</param>
    /// <param name="nextToFlow">Of a flow, the losses of the optimizer next to it, and not those along it.</param>
    public RepeatedRun(RecordedRun past, bool nextToFlow = false)
    {
        _directory = past.Directory;
        _losses = past.Measurements.ToDictionary(
            m => m.Step, m => nextToFlow && m.Further.TryGetValue(FlowScore.RunLoss, out var loss) ? loss : m.StepLoss);
        _first = past.Measurements.Count > 0 ? Math.Abs(_losses[past.Measurements[0].Step]) : 0;
    }

    /// <summary>Makes sure that the loss of a step, that of its batch where there is one, is the recorded one; a step without one has nothing to say.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public void Require(long step, double loss)
    {
        if (_losses.TryGetValue(step, out var before) && double.IsFinite(before)
            && !(Math.Abs(loss - before) <= Math.Max(SameLoss * Math.Abs(before), SingleRounding * _first)))
        {
            throw Changed(FormattableString.Invariant($"the loss of step {step} was {before:G6}, and is {loss:G6} now"));
        }
    }

    /// <summary>The sentence of such a folder.</summary>
    public InputException Changed(string how) => new(
        $"{_directory} does not describe the run that was made: {how}; its data or config.yaml were changed, or this machine rounds differently");
}
