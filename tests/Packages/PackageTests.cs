using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>The packages as their users get them: packed, restored into a project outside this repository, run.</summary>
public sealed class PackageTests(PackageFeed feed) : IClassFixture<PackageFeed>, IDisposable
{
    private const string Monitors = "LossSpikes.Monitors", TensorFiles = "LossSpikes.TensorFiles", Templates = "LossSpikes.Templates";

    /// <summary>What is added to the program of the template: PyTorch's weights, with the loss that PyTorch computed from them.</summary>
    private const string ReadsPyTorch = """

        var trained = nn.Sequential(nn.Linear(1, 16, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(16, 1, dtype: ScalarType.Float64));
        trained.load_py("chebyshev.pt");
        Console.WriteLine($"loss of PyTorch's weights: {(trained.call(x) - y).square().mean().item<double>() / 2:R}");
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_program_of_the_template_restores_the_packages_finds_its_spike_and_loads_and_saves_files_of_PyTorch()
    {
        AssertComplete(Monitors, "TorchSharp", "buildTransitive/LossSpikes.Monitors.targets", "buildTransitive/NativeTorchInitializer.cs");
        AssertComplete(TensorFiles, "System.IO.Hashing TorchSharp");
        AssertDescribed(Templates);
        var program = _folder["Fresh"];
        New("install", feed.File(Templates, "nupkg"));
        New("lossspikes", "-o", program);

        File.AppendAllText(_folder["Fresh/Program.cs"], ReadsPyTorch);
        File.Copy(Repository.File("tests/PyTorchFiles/chebyshev.pt"), _folder["Fresh/chebyshev.pt"]);
        var build = Child.Build(["build", "-c", "Release", "-o", _folder["Fresh/out"], .. Properties()], program);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        Assert.Contains("0 Warning(s)", build.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["lossspikes.monitors", "lossspikes.tensorfiles"],
            Directory.GetDirectories(_folder["packages"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var first = Run(program);
        Assert.Matches(@"step 1\d\d\d: spike 1 \(steps 1\d\d\d–1\d\d\d, recovered\)", first);
        Assert.True(File.Exists(_folder["Fresh/after-spike-1.pt"]));
        var expected = File.ReadLines(Repository.File("tests/PyTorchFiles/chebyshev.csv")).ElementAt(1).Split(',')[1];
        var loss = Regex.Match(first, "loss of PyTorch's weights: (.+)").Groups[1].Value;
        Assert.Equal(double.Parse(expected, CultureInfo.InvariantCulture), double.Parse(loss, CultureInfo.InvariantCulture), 1e-14);
        var second = Run(program, "model.pt");
        Assert.StartsWith("loaded 0.weight, 0.bias, 2.weight, 2.bias from model.pt\n", second, StringComparison.Ordinal);
        Assert.NotEqual(first.Split('\n')[0], second.Split('\n')[1]); // it goes on where the first run ended
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_notebook_trains_draws_and_explains_in_its_kernel()
    {
        var notebook = JsonNode.Parse(File.ReadAllText(Repository.File("notebooks/loss-spikes.ipynb")))!;
        var cells = notebook["cells"]!.AsArray().Where(c => (string)c!["cell_type"]! == "code")
            .Select(c => string.Concat(c!["source"]!.AsArray().Select(line => (string)line!)));

        var outputs = NotebookKernel.Run(cells, Repository.File("notebooks"), [.. feed.Sources(_folder["packages"]), ("LOSSSPIKES_LIBTORCH", "")]);

        var figures = outputs.Select(o => Regex.Match(o, "data:image/png;base64,([^']+)'")).Where(m => m.Success)
            .Select(m => Convert.FromBase64String(m.Groups[1].Value)).ToList();
        Assert.Equal(3, figures.Count);
        Assert.Equal(3, figures.Select(Convert.ToHexString).Distinct().Count());
        Assert.All(figures, png => Assert.Equal((900, 600), (Number(png, at: 16), Number(png, at: 20))));
        Assert.Matches(@"(?m)^spike 1 \(steps 1\d\d\d–1\d\d\d, loss ×\d", string.Join('\n', outputs));
    }

    private static int Number(byte[] png, int at) => BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));

    private void AssertComplete(string id, string dependencies, params string[] more)
    {
        using var package = ZipFile.OpenRead(feed.File(id, "nupkg"));
        Assert.All([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", .. more], file => Assert.NotNull(package.GetEntry(file)));
        Assert.Equal(dependencies, string.Join(' ', AssertDescribed(id)["dependency"].Select(d => d.Attribute("id")!.Value)));

        using var symbols = ZipFile.OpenRead(feed.File(id, "snupkg"));
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{id}.pdb"));
    }

    /// <summary>A package has its README, its licence and the one version.</summary>
    private ILookup<string, XElement> AssertDescribed(string id)
    {
        using var package = ZipFile.OpenRead(feed.File(id, "nupkg"));
        Assert.NotNull(package.GetEntry("README.md"));
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var about = XDocument.Load(stream).Descendants().ToLookup(e => e.Name.LocalName);
        Assert.Equal("MIT", Assert.Single(about["license"]).Value);
        Assert.Equal("README.md", Assert.Single(about["readme"]).Value);
        Assert.Equal(VersionTests.Version, Assert.Single(about["version"]).Value);
        return about;
    }

    /// <summary>Runs <c>dotnet new</c> with settings of its own, so that the templates of this machine stay as they are.</summary>
    private void New(params string[] arguments)
    {
        var made = Child.Run("dotnet", ["new", .. arguments, "--debug:custom-hive", _folder["hive"]], _folder.Root);
        Assert.True(made.ExitCode == 0, made.Output + made.Error);
    }

    private string[] Properties() =>
    [
        .. feed.Sources(_folder["packages"]).Select(p => $"-p:{p.Name}={p.Value}"),
        "-p:CreateHardLinksForCopyLocalIfPossible=true",
        "-p:CreateSymbolicLinksForCopyLocalIfPossible=true",
    ];

    private string Run(string folder, params string[] arguments)
    {
        var run = Child.Run("dotnet", [_folder["Fresh/out/Fresh.dll"], .. arguments], folder, ("LOSSSPIKES_LIBTORCH", ""));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Empty(run.Error);
        return run.Output;
    }
}
