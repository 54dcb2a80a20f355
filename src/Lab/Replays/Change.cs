using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Replays;

/// <summary>The one change of a counterfactual run.</summary>
/// <param name="Text">The change as the command line spells it.</param>
/// <param name="Word">A short form of it that may stand in the name of a run.</param>
internal abstract record Change(string Text, string Word)
{
    /// <summary>Whether it acts at the checkpoint, and not later, where the spike begins.</summary>
    public virtual bool ActsAtCheckpoint => false;

    /// <summary>Whether it can act at any step, and not only at the checkpoint.</summary>
    public virtual bool ActsAnywhere => true;

    /// <summary>The experiment of the counterfactual run.</summary>
    /// <param name="experiment">The experiment of the run.</param>
    /// <param name="at">The step of the change.</param>
    /// <exception cref="InputException">The change would have no effect.</exception>
    public virtual Experiment Of(Experiment experiment, long at) => experiment;

    /// <summary>Changes the state of the training, at the step of the change, before anything is measured there.</summary>
    /// <param name="experiment">The experiment of the counterfactual run.</param>
    /// <param name="step">The step of the change.</param>
    /// <param name="objective">Standing at θ of that step.</param>
    /// <param name="optimizer">With its memory of the steps before.</param>
    public virtual void Act(Experiment experiment, long step, IObjective objective, IOptimizer optimizer)
    {
    }
}
