using LossSpikes.Lab.Playground.Live;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>The experiments that a page can start.</summary>
public sealed class ExperimentShelfTests
{
    [Fact]
    public void The_experiments_of_the_lab_are_listed_with_their_descriptions()
    {
        var shelf = ExperimentShelf.Read(Repository.File("experiments"));

        Assert.Null(shelf.Problem);
        Assert.Contains("edge-of-stability", shelf.Experiments.Keys);
        Assert.All(shelf.Cards, c => Assert.True(c.Description.Length > 40 && !c.Description.Contains('#'), c.Name));
        Assert.All(shelf.Experiments.Values, e => Assert.True(e.Steps <= LiveRuns.MostSteps));
    }

    [Fact]
    public void A_broken_file_is_named_and_the_others_stay()
    {
        using var folder = new TemporaryFolder();
        folder.Write("good.yaml", SmallExperiment.Yaml);
        folder.Write("bad.yaml", "name: bad\nsteps: many\n");

        var shelf = ExperimentShelf.Read(folder.Root);

        Assert.Equal(["good"], shelf.Cards.Select(c => c.Name));
        Assert.Contains("bad.yaml", shelf.Problem, StringComparison.Ordinal);
        Assert.Contains("no folder", ExperimentShelf.Read(folder["none"]).Problem, StringComparison.Ordinal);
    }
}
