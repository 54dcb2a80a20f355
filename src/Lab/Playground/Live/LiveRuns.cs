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

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    private readonly TensorThread _thread, _drawing = new("drawings");
    private readonly List<LiveRun> _runs = [];
    private readonly List<WatchedRun> _watched = [];
    private volatile RunTrace[] _traces = [];
    private int _turn, _begun;

    public LiveRuns() => _thread = new TensorThread("tensors", AdvanceOne);

    /// <summary>The runs that pages show, in the order of their beginning.</summary>
    public IReadOnlyList<RunTrace> Traces => _traces;

    /// <summary>Shows a run that another process trains or has trained.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>Its number; that which it has already, where it is on the list.</returns>
    /// <exception cref="InputException">It is no run folder.</exception>
    public Task<int> Open(string folder) => Do(() =>
    {
        var path = Path.GetFullPath(folder);
        if (_traces.FirstOrDefault(t => Path.GetFullPath(t.Header.Folder) == path) is { } listed)
        {
            return listed.Header.Id;
        }

        RequireRoom();
        var opened = WatchedRun.Open(Next(), path);
        _watched.Add(opened);
        return Add(opened.Trace);
    });

    /// <summary>Begins a run.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="paused">Whether it waits before its first step.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="InputException">It cannot be run here.</exception>
    public Task<int> Start(Experiment experiment, bool paused = false) => Do(() =>
    {
        RequireRoom();
        return experiment.Steps <= MostSteps
            ? Add(LiveRun.Start(Next(), experiment, paused))
            : throw new InputException(
                $"{experiment.Name} has {experiment.Steps} steps, and this page runs at most {MostSteps}; lab run has no such limit, and the page Runs "
                    + $"shows it");
    });

    /// <summary>Begins a run, paused, at the checkpoint before a spike.</summary>
    /// <returns>Its number.</returns>
    public Task<int> Branch(int id, int spike) => Do(() =>
    {
        RequireRoom();
        return Add(Find(id).Branch(Next(), spike));
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
        if (_watched.Find(w => w.Trace.Header.Id == id) is { } watched)
        {
            _watched.Remove(watched);
            Forget(watched.Trace);
            watched.Dispose();
            return watched.Trace.Status;
        }

        var run = Find(id);
        if (run.IsOpen)
        {
            throw new InputException("a run is removed from the list when it has ended; stop it first");
        }

        _runs.Remove(run);
        Forget(run.Trace);
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
            _watched.ForEach(w => w.Dispose());
            return 0;
        }).Wait();
        _thread.Dispose();
        _drawing.Dispose();
    }

    private Task<RunStatus> Do(int id, Action<LiveRun> act) => Do(() =>
    {
        var run = Find(id);
        act(run.IsOpen ? run : throw new InputException($"{run.Trace.Header.Name} has ended"));
        return run.Trace.Status;
    });

    private Task<T> Do<T>(Func<T> work) => _thread.Run(work, CancellationToken.None);

    /// <summary>A number that no run has had. A run's colour follows from it, and no two on the list share one.</summary>
    private int Next()
    {
        var next = _begun + 1;
        while (_traces.Any(t => (next - t.Header.Id) % MostRuns == 0))
        {
            next++;
        }

        return next;
    }

    private int Add(LiveRun run)
    {
        _runs.Add(run);
        return Add(run.Trace);
    }

    private int Add(RunTrace trace)
    {
        _traces = [.. _traces, trace];
        return _begun = trace.Header.Id;
    }

    private void Forget(RunTrace trace) => _traces = [.. _traces.Where(t => t != trace)];

    private LiveRun Find(int id) => _runs.Find(r => r.Trace.Header.Id == id) ?? throw new InputException($"there is no run {id} that could be steered");

    private void RequireRoom()
    {
        if (_traces.Length >= MostRuns)
        {
            throw new InputException($"{MostRuns} runs are on the list already; remove one that has ended from the page of live training");
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

    /// <summary>
    /// Figures and page of a run, as <c>lab run</c> leaves them, drawn in parallel with the training, one at a time, and always by the same
    /// thread: the C library keeps pieces of memory for each thread that draws.
    /// </summary>
    private void ReportIfEnded(LiveRun run)
    {
        if (run.Trace.Status.Phase == RunPhase.Ended)
        {
            _drawing.Run(() => Draw(run.Folder, run.Trace), CancellationToken.None);
        }
    }

    private static bool Draw(string folder, RunTrace trace)
    {
        try
        {
            using var held = FolderLock.Take(folder); // a run that is resumed meanwhile draws its own
            RunReport.Write(RecordedRun.Open(folder), FigureFormat.Png);
            return true;
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            trace.Status = trace.Status with { Message = $"the figures could not be drawn: {e.Message}" };
            return false;
        }
        finally
        {
            FreeMemory.Return();
        }
    }
}
