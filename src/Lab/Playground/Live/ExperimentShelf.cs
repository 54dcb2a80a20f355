using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>The experiments that pages can start, read once: a page names one and never sends a path.</summary>
/// <param name="Cards">What pages show of them, by name.</param>
/// <param name="Experiments">The experiments by name.</param>
/// <param name="Problem">Why there are none, or fewer than files, in a sentence; or null.</param>
internal sealed record ExperimentShelf(IReadOnlyList<ExperimentCard> Cards, IReadOnlyDictionary<string, Experiment> Experiments, string? Problem)
{
    /// <summary>An experiment with what a page changed of it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="given">What was asked for under a name of <see cref="RunShape"/>; null where nothing was.</param>
    /// <param name="explain">Whether its spikes are explained and forecast even if its file does not ask for it.</param>
    /// <exception cref="InputException">There is no such experiment, or a value is not what its key takes.</exception>
    public Experiment Shaped(string name, Func<string, string?> given, bool explain)
    {
        var found = Experiments.GetValueOrDefault(name)
            ?? throw new InputException($"there is no experiment called {Excerpt.Of(name)}; {NearestName.Advice(name, [.. Experiments.Keys])}");
        var shaped = RunShape.With(found, given);
        return shaped with { Monitor = shaped.Monitor with { Explain = explain || shaped.Monitor.Explain } };
    }

    /// <summary>Reads the experiment files of a folder.</summary>
    public static ExperimentShelf Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return new(
                [],
                new Dictionary<string, Experiment>(),
                "there is no folder experiments where lab playground was started; start it where your experiment files are, in a folder of that name");
        }

        var (cards, experiments, problems) = (new List<ExperimentCard>(), new Dictionary<string, Experiment>(), new List<string>());
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            try
            {
                var (name, experiment) = (Path.GetFileNameWithoutExtension(path), ExperimentFile.Load(path, []));
                experiments.Add(name, experiment);
                cards.Add(ExperimentCard.Of(name, experiment, ExperimentFile.ReadText(path)));
            }
            catch (SettingsException e)
            {
                problems.Add(e.Message);
            }
        }

        return new(
            cards,
            experiments,
            problems.Count > 0 ? string.Join("; ", problems) : cards.Count == 0 ? "there is no experiment file (*.yaml) in the folder experiments" : null);
    }
}

/// <summary>An experiment as a page shows it.</summary>
/// <param name="Name">What it is asked for by.</param>
/// <param name="Description">The comment at the head of its file.</param>
/// <param name="Steps">How many steps it makes.</param>
/// <param name="LearningRate">Its η.</param>
/// <param name="Optimizer">Its update rule.</param>
/// <param name="Explained">Whether its spikes are explained and forecast.</param>
/// <param name="Shape">What a page may change before it starts.</param>
internal sealed record ExperimentCard(
    string Name, string Description, int Steps, double LearningRate, string Optimizer, bool Explained, IReadOnlyList<ShapedValue> Shape)
{
    /// <summary>The card of an experiment file.</summary>
    public static ExperimentCard Of(string name, Experiment experiment, string text) => new(
        name,
        string.Join(
            ' ',
            text.Split('\n').TakeWhile(l => l.StartsWith('#')).Where(l => !l.Contains(
                "$schema", StringComparison.Ordinal)).Select(l => l.TrimStart('#').Trim())),
        experiment.Steps,
        experiment.Optimizer.LearningRate,
        experiment.Optimizer.Matrix == "H" ? "" : experiment.Optimizer.Matrix,
        experiment.Monitor.Explain,
        RunShape.Of(experiment));
}
