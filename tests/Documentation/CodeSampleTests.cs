using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LossSpikes.Tests.Documentation;

/// <summary>Each code sample of the pages is compiled as it stands there and run, among what its page says that the reader has.</summary>
public sealed class CodeSampleTests
{
    /// <summary>The reader's program: a model with its loss, an optimizer and a file with weights. A sample's own variables come before these.</summary>
    private const string Reader = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using TorchSharp;
        global using static TorchSharp.torch;
        using LossSpikes.Monitors;
        using LossSpikes.TensorFiles.PyTorch;

        internal static partial class Program
        {
            private static readonly Tensor x = linspace(-1, 1, 6, ScalarType.Float64).unsqueeze(1), y = x.pow(3);

            static Program()
            {
                model.save_py("weights.pt");
                Directory.CreateDirectory("logs");
            }

            private static TorchSharp.Modules.Linear model { get; } = nn.Linear(1, 1, dtype: ScalarType.Float64);

            private static TorchSharp.Modules.SGD optimizer { get; } = optim.SGD(model.parameters(), 0.1);

            private static SharpnessMonitor monitor => SharpnessMonitor.Watch(optimizer, Loss);

            private static Tensor Loss() => (model.call(x) - y).square().mean();
        }
        """;

    public static TheoryData<string, string> Samples =>
    [
        .. from page in Page.All from block in page.Blocks("csharp") group (page, block) by block.Code into same
            let first = same.First() select ($"{first.page.Path}, line {first.block.Line}", same.Key),
    ];

    public static TheoryData<string, string> PythonSamples =>
        [.. from page in Page.All from block in page.Blocks("python") select ($"{page.Path}, line {block.Line}", block.Code)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Each_sample_compiles_and_runs(string where, string code)
    {
        using var folder = new TemporaryFolder();
        var (home, output) = (Directory.GetCurrentDirectory(), Console.Out);
        try
        {
            Directory.SetCurrentDirectory(folder.Root);
            Console.SetOut(TextWriter.Null);
            Run(Compile(where, code));
        }
        finally
        {
            Console.SetOut(output);
            Directory.SetCurrentDirectory(home);
        }
    }

    [Theory]
    [MemberData(nameof(PythonSamples))]
    public void Each_sample_of_Python_compiles(string where, string code)
    {
        Assert.SkipUnless(Child.Exists("python3"), "there is no python3");
        using var folder = new TemporaryFolder();

        var compiled = Child.Run("python3", ["-m", "py_compile", folder.Write("sample.py", code)]);

        Assert.True(compiled.ExitCode == 0, $"{where}: {compiled.Error}");
    }

    private static byte[] Compile(string where, string code)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(f => MetadataReference.CreateFromFile(f));
        var compilation = CSharpCompilation.Create(
            "Sample", [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(Reader)], references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        Assert.True(emitted.Success, $"{where}: {string.Join('\n', emitted.Diagnostics)}");
        return assembly.ToArray();
    }

    private static void Run(byte[] assembly)
    {
        var context = new AssemblyLoadContext("sample", isCollectible: true);
        var main = context.LoadFromStream(new MemoryStream(assembly)).EntryPoint!;
        main.Invoke(null, main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
        context.Unload();
    }
}
