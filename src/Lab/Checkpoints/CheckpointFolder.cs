using System.Globalization;
using LossSpikes.Lab.Experiments;
using LossSpikes.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checkpoints;

/// <summary>
/// The checkpoints of a run: <c>checkpoints/step-000000500.safetensors</c>, the newest two and the one before the spike that is
/// open or would be next; and <c>checkpoints/spike-3.safetensors</c>, the one before the third spike.
/// </summary>
internal sealed class CheckpointFolder(string run, CheckpointSettings settings)
{
    private const int Kept = 2;

    private readonly string _folder = Path.Combine(run, "checkpoints");

    /// <summary>Adds a checkpoint and removes those that are no longer of use.</summary>
    /// <param name="checkpoint">The new one.</param>
    /// <param name="onset">Where the spike that is open began, or the next would; null before the first step.</param>
    public void Add(Checkpoint checkpoint, long? onset)
    {
        Directory.CreateDirectory(_folder);
        CheckpointFile.Write(PathOf(checkpoint.Step), checkpoint);
        var before = onset is null ? null : Before(onset.Value);
        foreach (var old in NewestFirst().Skip(Kept).Where(path => path != before))
        {
            File.Delete(old);
        }
    }

    /// <summary>
    /// Keeps the checkpoint before a spike under the spike's name, and deletes that of the spike that is now neither among the first nor
    /// among the last.
    /// </summary>
    public void Pin(int spike, long onset)
    {
        if (settings.Spikes > 0 && Before(onset) is { } before)
        {
            AtomicFile.Copy(before, OfSpike(spike));
            if (spike > 2 * settings.Spikes)
            {
                File.Delete(OfSpike(spike - settings.Spikes));
            }
        }
    }

    /// <summary>Copies the checkpoints that another run had before a spike: the one there, and those of earlier spikes.</summary>
    /// <param name="other">The other run's folder.</param>
    /// <param name="spike">The spike.</param>
    /// <param name="step">The step of the checkpoint before it.</param>
    public void Adopt(string other, int spike, long step)
    {
        var source = new CheckpointFolder(other, settings);
        Directory.CreateDirectory(_folder);
        File.Copy(source.OfSpike(spike), PathOf(step), overwrite: true);
        foreach (var earlier in Enumerable.Range(1, spike - 1).Where(id => File.Exists(source.OfSpike(id))))
        {
            File.Copy(source.OfSpike(earlier), OfSpike(earlier));
        }
    }

    /// <summary>Where the checkpoint before a spike is, if it was kept.</summary>
    public string OfSpike(int spike) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"spike-{spike}.safetensors"));

    /// <summary>The newest checkpoint that is whole and not past a step; <paramref name="warn"/> receives a sentence for each damaged one.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public Checkpoint Newest(long notPast, Action<string> warn)
    {
        foreach (var path in NewestFirst())
        {
            try
            {
                var checkpoint = CheckpointFile.Read(path);
                if (checkpoint.Step <= notPast)
                {
                    return checkpoint;
                }
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                warn($"{path} cannot be used ({e.Message}); trying the one before");
            }
        }

        throw new InputException($"{_folder} holds no usable checkpoint; start the run again with lab run {Path.Combine(run, "config.yaml")}");
    }

    /// <summary>The checkpoint whose next step is this one.</summary>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public Checkpoint At(long step)
    {
        if (!File.Exists(PathOf(step)))
        {
            throw new InputException(
                $"{_folder} holds no checkpoint of step {step}; {Kept} are kept, and those are: {string.Join(", ", NewestFirst().Select(Path.GetFileName))}");
        }

        try
        {
            return CheckpointFile.Read(PathOf(step));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{PathOf(step)}: {e.Message}", e);
        }
    }

    /// <summary>The steps of all checkpoints, those before spikes included, in order; damaged ones are left out.</summary>
    public IEnumerable<long> Steps => Read().Select(f => f.Step).Distinct().Order();

    /// <summary>The checkpoint whose next step is this one, whatever it was kept for.</summary>
    public Checkpoint Any(long step) => CheckpointFile.Read(Read().First(f => f.Step == step).Path);

    private IEnumerable<(string Path, long Step)> Read()
    {
        string[] paths = Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder, "*.safetensors").Order(StringComparer.Ordinal)] : [];
        foreach (var path in paths)
        {
            long? step = null;
            try
            {
                using var scope = NewDisposeScope();
                step = CheckpointFile.Read(path).Step;
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                // damaged: it stands for no step
            }

            if (step is { } at)
            {
                yield return (path, at);
            }
        }
    }

    private string PathOf(long step) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D9}.safetensors"));

    private IEnumerable<string> NewestFirst() => Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "step-*.safetensors").OrderDescending(StringComparer.Ordinal)
        : [];

    /// <summary>
    /// The newest checkpoint not past a step. Those that an interrupt left between two regular ones do not count: so a run that
    /// was interrupted keeps the same ones as an uninterrupted run.
    /// </summary>
    private string? Before(long step) => NewestFirst().FirstOrDefault(path => StepOf(path) is var at && at <= step && at % settings.Every == 0);

    private static long StepOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path)["step-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : long.MaxValue;
}
