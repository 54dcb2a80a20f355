using LossSpikes.Lab.Experiments;

namespace LossSpikes.Tests.Experiments;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("learningRate", "learning_rate")]
    [InlineData("laerning_rate", "learning_rate")]
    [InlineData("STEPS", "steps")]
    [InlineData("step", "steps")]
    [InlineData("momentum", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void FindsWhatWasMeant(string given, string? meant) => Assert.Equal(meant, NearestName.Find(given, ["learning_rate", "steps", "gd"]));
}
