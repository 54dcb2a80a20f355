using LossSpikes.Monitors.Native;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Native;

public sealed class LibtorchVersionTests
{
    [Fact]
    public void The_required_version_is_the_one_that_TorchSharp_was_built_for()
    {
        Assert.True(LibtorchVersion.Fits(__version__), __version__);
        Assert.True(NativeTorch.EnsureLoaded().Version is not { } loaded || LibtorchVersion.Fits(loaded));
    }

    [Theory]
    [InlineData("2.10", true)]
    [InlineData("2.10.0", true)]
    [InlineData("2.10.1+cu128", true)]
    [InlineData("2.1.0", false)]
    [InlineData("2.100.0", false)]
    [InlineData("2.9.1", false)]
    [InlineData("3.2.10", false)]
    public void Only_the_patch_version_may_differ(string version, bool fits) => Assert.Equal(fits, LibtorchVersion.Fits(version));

    [Fact]
    public void A_library_too_old_to_report_its_version_is_refused() =>
        Assert.Contains("before 2.10", Assert.Throws<NativeTorchException>(() => OwnLibtorch.RequireFit("/lib", null)).Message, StringComparison.Ordinal);
}
