using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// All runs of this process, trained in turn on one thread. A request waits until it is done there, between two
/// steps; pages come and go without being noticed.
/// </summary>
internal sealed class LiveRuns : IDisposable
{
    /// <summary>The most runs that are held at a time, and the most steps of one: each row costs about 100 bytes.</summary>
    public const int MostRuns = 8, MostSteps = 100_000;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromSeconds(30);

    private readonly TensorThread _thread;
    private readonly List<LiveRun> _runs = [];
    private readonly IReadOnlyDictionary<string, Experiment> _experiments;
    private volatile RunTrace[] _traces = [];
    private Task _reports = Task.CompletedTask;
    private int _turn, _begun;

    /// <param name="experiments">What can be run, by the names that pages know.</param>
    public LiveRuns(IReadOnlyDictionary<string, Experiment> experiments)
    {
        _experiments = experiments;
        _thread = new TensorThread("tensors", AdvanceOne);
    }

    /// <summary>The runs that pages show, in the order of their beginning.</summary>
    public IReadOnlyList<RunTrace> Traces => _traces;

    /// <summary>Adds a run that another process trains.</summary>
    public void Add(RunTrace watched) => _traces = [.. _traces, watched];

    /// <summary>Begins a run.</summary>
    /// <param name="experiment">The experiment's name.</param>
    /// <param name="explain">Whether its spikes are explained and forecast even if its file does not ask for it.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="InputException">There is no such experiment, or it cannot be run here.</exception>
    public Task<int> Start(string experiment, bool explain = false) => Do(() =>
    {
        var found = _experiments.GetValueOrDefault(experiment) ?? throw new InputException($"there is no experiment called {experiment}");
        RequireRoom();
        return found.Steps <= MostSteps
            ? Add(LiveRun.Start(_begun + 1, found with { Monitor = found.Monitor with { Explain = explain || found.Monitor.Explain } }))
            : throw new InputException(
                $"{experiment} has {found.Steps} steps, and this page runs at most {MostSteps}; lab run has no such limit, and lab playground --watch "
                    + $"shows it");
    });

    /// <summary>Begins a run, paused, at the checkpoint before a spike.</summary>
    /// <returns>Its number.</returns>
    public Task<int> Branch(int id, int spike) => Do(() =>
    {
        RequireRoom();
        return Add(Find(id).Branch(_begun + 1, spike));
    });

    /// <summary>Stops between two steps.</summary>
    public Task<RunStatus> Pause(int id) => Do(id, run => run.SetPhase(RunPhase.Paused));

    /// <summary>Continues.</summary>
    public Task<RunStatus> Resume(int id) => Do(id, run => run.SetPhase(RunPhase.Running));

    /// <summary>Pauses and makes one step.</summary>
    public Task<RunStatus> Step(int id) => Do(id, run =>
    {
        run.StepOnce();
        ReportIfEnded(run);
    });

    /// <summary>Sets the η of the next step and those after it.</summary>
    public Task<RunStatus> ChangeLearningRate(int id, double value) => Do(id, run => run.ChangeLearningRate(value));

    /// <summary>Ends a run; <c>lab resume</c> continues it.</summary>
    public Task<RunStatus> Stop(int id) => Do(id, run =>
    {
        run.Stop();
        ReportIfEnded(run);
    });

    /// <summary>Takes a run that has ended off the list; its folder stays.</summary>
    public Task<RunStatus> Remove(int id) => Do(() =>
    {
        var run = Find(id);
        if (run.IsOpen)
        {
            throw new InputException("a run is removed from the list when it has ended; stop it first");
        }

        _runs.Remove(run);
        _traces = [.. _traces.Where(t => t != run.Trace)];
        run.Dispose();
        return run.Trace.Status;
    });

    /// <summary>Ends all runs as an interrupt of <c>lab run</c> would, and waits for what is being drawn.</summary>
    public void Dispose()
    {
        Do(() =>
        {
            foreach (var run in _runs.Where(r => r.IsOpen))
            {
                run.Stop();
            }

            _runs.ForEach(r => r.Dispose());
            return 0;
        }).Wait();
        _thread.Dispose();
        _reports.Wait(Patience);
    }

    private Task<RunStatus> Do(int id, Action<LiveRun> act) => Do(() =>
    {
        var run = Find(id);
        act(run.IsOpen ? run : throw new InputException($"{run.Trace.Header.Name} has ended"));
        return run.Trace.Status;
    });

    private Task<T> Do<T>(Func<T> work) => _thread.Run(work, CancellationToken.None);

    private int Add(LiveRun run)
    {
        _begun = run.Trace.Header.Id;
        _runs.Add(run);
        _traces = [.. _traces, run.Trace];
        return _begun;
    }

    private LiveRun Find(int id) => _runs.Find(r => r.Trace.Header.Id == id) ?? throw new InputException($"there is no run {id} that could be steered");

    private void RequireRoom()
    {
        if (_runs.Count >= MostRuns)
        {
            throw new InputException($"{MostRuns} runs are on the list already; remove one that has ended");
        }
    }

    /// <summary>A slice of the next run whose turn it is.</summary>
    /// <returns>Whether there was one.</returns>
    private bool AdvanceOne()
    {
        for (var tried = 0; tried < _runs.Count; tried++)
        {
            var run = _runs[_turn++ % _runs.Count];
            if (run.IsRunning)
            {
                run.Advance(Slice);
                ReportIfEnded(run);
                return true;
            }
        }

        return false;
    }

    /// <summary>Figures and page of a run, as <c>lab run</c> leaves them, drawn in parallel with the training, one at a time.</summary>
    private void ReportIfEnded(LiveRun run)
    {
        if (run.Trace.Status.Phase == RunPhase.Ended)
        {
            _reports = _reports.ContinueWith(_ => Draw(run.Folder, run.Trace), TaskScheduler.Default);
        }
    }

    private static void Draw(string folder, RunTrace trace)
    {
        try
        {
            using var held = FolderLock.Take(folder); // a run that is resumed meanwhile draws its own
            RunReport.Write(RecordedRun.Open(folder), FigureFormat.Png);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            trace.Status = trace.Status with { Message = $"the figures could not be drawn: {e.Message}" };
        }
    }
}
