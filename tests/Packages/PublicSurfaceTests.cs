using LossSpikes.Monitors;
using LossSpikes.TensorFiles;
using PublicApiGenerator;

namespace LossSpikes.Tests.Packages;

/// <summary>
/// The public surface of each package is the one in the file beside this one: a change of it is seen, and means a line in CHANGELOG.md. With the
/// environment variable LOSSSPIKES_APPROVE=1 the tests write the files.
/// </summary>
public sealed class PublicSurfaceTests
{
    [Theory]
    [InlineData(typeof(SharpnessMonitor))]
    [InlineData(typeof(TensorFile))]
    public void The_public_surface_is_the_approved_one(Type member)
    {
        var assembly = member.Assembly;
        var surface = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n");
        var approved = Path.Combine(Path.GetDirectoryName(Repository.File("LossSpikes.sln"))!, $"tests/Packages/{assembly.GetName().Name}.txt");
        if (Environment.GetEnvironmentVariable("LOSSSPIKES_APPROVE") == "1")
        {
            File.WriteAllText(approved, surface);
        }

        Assert.Equal(File.ReadAllText(approved).Split('\n'), surface.Split('\n'));
    }
}
