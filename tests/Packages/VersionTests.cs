using System.Reflection;
using System.Xml.Linq;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;

namespace LossSpikes.Tests.Packages;

/// <summary>Directory.Build.props has the version, and everything else agrees with it.</summary>
public sealed class VersionTests
{
    /// <summary>The version that Directory.Build.props says.</summary>
    public static string Version => XDocument.Load(Repository.File("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    [Fact]
    public void The_lab_says_it()
    {
        var lab = Child.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "lab.dll"), "--version"]);

        Assert.Equal((0, Version), (lab.ExitCode, lab.Output.Trim().Split('+')[0]));
    }

    [Theory]
    [InlineData(typeof(SharpnessMonitor))]
    [InlineData(typeof(TensorFile))]
    public void The_libraries_have_it(Type member) => Assert.Equal(
        Version, member.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    [Fact]
    public void The_changelog_describes_it() => Assert.Contains(
        File.ReadLines(Repository.File("CHANGELOG.md")), line => line.StartsWith($"## [{Version}] - ", StringComparison.Ordinal));

    [Fact]
    public void The_citation_names_it() => Assert.Contains($"version: {Version}", File.ReadLines(Repository.File("CITATION.cff")));
}
