using System.Diagnostics;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>One run that pages steer. All of it but <see cref="Trace"/> belongs to the thread that trains.</summary>
internal sealed class LiveRun : IDisposable
{
    // Each is one more entry of the schedule in config.yaml.
    private const int MostChanges = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly TrainingRun _training;
    private int _changes;
    private bool _closed;

    private LiveRun(int id, Experiment experiment, string folder, RunPhase phase)
    {
        Trace = new RunTrace(RunHeader.Of(id, folder, experiment, trainedHere: true));
        _training = TrainingRun.Start(experiment, folder, RunStatistics.Of(experiment), Trace, _stop.Token);
        ShowChanges();
        SetPhase(phase);
    }

    private LiveRun(int id, Experiment experiment, FolderLock held, SpikeOfRun origin)
    {
        Trace = new RunTrace(RunHeader.Of(id, held.Directory, experiment, trainedHere: true, origin));
        _training = TrainingRun.Resume(experiment, held, _ => { }, RunStatistics.Of(experiment), Trace, _stop.Token, recall: Trace.Recall);
        ShowChanges();
        SetPhase(RunPhase.Paused);
    }

    /// <summary>Begins a run in a folder of its own.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="experiment">What is run.</param>
    /// <param name="paused">Whether it waits before its first step.</param>
    /// <exception cref="InputException">Data or folder are not what they should be, or its device is not here.</exception>
    public static LiveRun Start(int id, Experiment experiment, bool paused)
    {
        try
        {
            return new(id, experiment, Path.GetFullPath(RunWriter.FreeFolder(experiment.Name)), paused ? RunPhase.Paused : RunPhase.Running);
        }
        catch (NativeTorchException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    /// <summary>Begins a run, paused, at the checkpoint before a spike of this one.</summary>
    /// <exception cref="InputException">The spike kept none.</exception>
    public LiveRun Branch(int id, int spike)
    {
        var (held, experiment, step) = SpikeBranch.Create(Folder, _training.Experiment, spike);
        try
        {
            return new(id, experiment, held, new SpikeOfRun(Trace.Header.Id, spike, step));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What the pages see.</summary>
    public RunTrace Trace { get; }

    /// <summary>The run folder, as a full path.</summary>
    public string Folder => _training.Directory;

    /// <summary>Whether it makes steps by itself.</summary>
    public bool IsRunning => Trace.Status.Phase == RunPhase.Running;

    /// <summary>Whether it can make steps.</summary>
    public bool IsOpen => Trace.Status.Phase is RunPhase.Running or RunPhase.Paused;

    /// <summary>Makes steps for a while.</summary>
    public void Advance(TimeSpan slice)
    {
        var begun = Stopwatch.GetTimestamp();
        do
        {
            Step();
        }
        while (IsRunning && Stopwatch.GetElapsedTime(begun) < slice);
    }

    /// <summary>Makes one step and waits.</summary>
    public void StepOnce()
    {
        SetPhase(RunPhase.Paused);
        Step();
        if (IsOpen)
        {
            SetPhase(RunPhase.Paused);
        }
    }

    /// <summary>Runs on, or waits.</summary>
    public void SetPhase(RunPhase phase) => Trace.Status = new RunStatus(phase, _training.Step, _training.LearningRate);

    /// <summary>Another learning rate, from the next step on.</summary>
    /// <exception cref="InputException">It has been changed too often.</exception>
    public void ChangeLearningRate(double value)
    {
        if (++_changes > MostChanges)
        {
            throw new InputException($"the learning rate of a run can be changed {MostChanges} times");
        }

        _training.ChangeLearningRate(value);
        ShowChanges();
        SetPhase(Trace.Status.Phase);
    }

    /// <summary>Ends the run at the next iterate, with everything written and a checkpoint to resume from.</summary>
    public void Stop()
    {
        _stop.Cancel();
        Step();
    }

    public void Dispose()
    {
        Close();
        _stop.Dispose();
    }

    private string FolderIsGone => $"its folder {Trace.Header.Folder} was moved or removed before step {_training.Step}, so it ended there";

    private void Step()
    {
        try
        {
            if (!Directory.Exists(Folder))
            {
                throw new InputException(FolderIsGone);
            }

            if (_training.Advance() is { } outcome)
            {
                _training.Finish(outcome);
                Trace.Status = Trace.Status with
                {
                    Phase = RunPhase.Ended,
                    Step = _training.Step,
                    LearningRate = _training.LearningRate,
                    Outcome = JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()),
                };
                Close();
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // One run that breaks must not take the others with it. The folder may go in the middle of a step, and then a write fails first.
            Trace.Status = Trace.Status with { Phase = RunPhase.Failed, Message = Directory.Exists(Folder) ? e.Message.Split('\n')[0] : FolderIsGone };
            Close();
        }
    }

    private void ShowChanges() => Trace.Changes = RateChange.Of(_training.Experiment);

    private void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _training.Dispose();
        }
    }
}
