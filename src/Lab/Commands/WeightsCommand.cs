using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;
using LossSpikes.TensorFiles;
using Spectre.Console;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab weights FILE</c>.</summary>
internal static class WeightsCommand
{
    private const int MostNotRead = 100;

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A file of torch.save (.pt, .pth) or a safetensors file. Nothing in it is executed." };
        var values = new Option<bool>("--values") { Description = "Print the numbers too, in row-major order." };
        var json = new Option<bool>("--json") { Description = "Print the list as JSON; numbers that are not finite are null." };
        var command = new Command("weights", "List the tensors of a PyTorch or safetensors file.") { file, values, json };
        command.SetAction(parsed =>
        {
            NativeTorch.EnsureLoaded();
            using var scope = TorchSharp.torch.NewDisposeScope();
            var path = parsed.GetValue(file)!;
            var content = WeightsFile.Read(path);
            var (tensors, notRead) = (NamedTensors.Of(content), NamedTensors.NotRead(content));
            if (tensors.Count == 0 && notRead.Count > 0)
            {
                throw new InputException($"{path}: it holds no tensors, but a {notRead[0].Value.Type}, which only Python can build; save a state_dict");
            }

            var summaries = tensors.Select(t => TensorSummary.Of(t.Name, t.Tensor, parsed.GetValue(values)));
            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(summaries, RecordJson.Options));
            }
            else if (parsed.GetValue(values))
            {
                foreach (var summary in summaries)
                {
                    PrintValues(summary, terminal.Results);
                }
            }
            else
            {
                terminal.ResultsConsole.Write(Table(summaries));
            }

            foreach (var (name, value) in notRead.Take(MostNotRead))
            {
                terminal.Diagnostics.WriteLine($"not read: {(name.Length > 0 ? name : "the whole file")} ({value.Type})");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Table Table(IEnumerable<TensorSummary> summaries)
    {
        var table = new Table().RoundedBorder().AddColumn("name", c => c.NoWrap()).AddColumns("dtype", "shape", "minimum", "maximum", "mean");
        foreach (var s in summaries)
        {
            table.AddRow([.. new[] { s.Name, s.Dtype, Shape(s), Number(s.Minimum), Number(s.Maximum), Number(s.Mean) }.Select(Markup.Escape)]);
        }

        return table;

        static string Number(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "–";
    }

    /// <summary>A line for each row of the last dimension, below a line with the tensor's name.</summary>
    private static void PrintValues(TensorSummary summary, TextWriter results)
    {
        results.WriteLine($"{summary.Name} {summary.Dtype} {Shape(summary)}");
        foreach (var row in summary.Values!.Chunk((int)Math.Max(1, summary.Shape.LastOrDefault(1))))
        {
            results.WriteLine(string.Join(' ', row.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v}"))));
        }
    }

    private static string Shape(TensorSummary summary) => $"[{string.Join(", ", summary.Shape)}]";
}
