using System.Globalization;

namespace LossSpikes.Lab.Checkpoints;

/// <summary>The checkpoints of a run: <c>checkpoints/step-000000500.safetensors</c>, the newest two.</summary>
internal sealed class CheckpointFolder(string run)
{
    private const int Kept = 2;

    private readonly string _folder = Path.Combine(run, "checkpoints");

    /// <summary>Adds a checkpoint and removes the oldest beyond those that are kept.</summary>
    public void Add(Checkpoint checkpoint)
    {
        Directory.CreateDirectory(_folder);
        CheckpointFile.Write(PathOf(checkpoint.Step), checkpoint);
        foreach (var old in NewestFirst().Skip(Kept))
        {
            File.Delete(old);
        }
    }

    /// <summary>The newest checkpoint that is whole and not past a step; each damaged one on the way is named to <paramref name="complain"/>.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public Checkpoint Newest(long notPast, Action<string> complain)
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
                complain($"{path} cannot be used ({e.Message}); trying the one before");
            }
        }

        throw new InputException($"{_folder} holds no checkpoint to go on from; start the run again with lab run {Path.Combine(run, "config.yaml")}");
    }

    /// <summary>The checkpoint whose next step is this one.</summary>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public Checkpoint At(long step)
    {
        if (!File.Exists(PathOf(step)))
        {
            throw new InputException($"{_folder} holds no checkpoint of step {step}; {Kept} are kept, and those are: {string.Join(", ", NewestFirst().Select(Path.GetFileName))}");
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

    private string PathOf(long step) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D9}.safetensors"));

    private IEnumerable<string> NewestFirst() => Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "step-*.safetensors").OrderDescending(StringComparer.Ordinal)
        : [];
}
