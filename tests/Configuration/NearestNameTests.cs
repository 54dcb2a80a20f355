using LossSpikes.Lab.Configuration;

namespace LossSpikes.Tests.Configuration;

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
    public void The_nearest_name_is_found(string given, string? meant) => Assert.Equal(meant, NearestName.Find(given, ["learning_rate", "steps", "gd"]));
}
