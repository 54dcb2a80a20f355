using System.Globalization;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>
/// The UCI handwritten digits: 1,797 images of 8 × 8 pixels with values 0…16, and their class. The file is gzipped CSV without a
/// header, 64 pixels and the class per row.
/// </summary>
internal static class Digits
{
    private const int Pixels = 64, Classes = 10, Brightest = 16, LargestFile = 1 << 20;

    /// <summary>The first <paramref name="examples"/> rows of <paramref name="file"/> (the built-in copy when null), pixels divided by 16.</summary>
    /// <exception cref="InputException">The file is missing, is no gzip file or ends early, or a row is not what it should be.</exception>
    public static DataSet Load(int examples, string? file = null)
    {
        var name = file ?? "the built-in digits";
        var pixels = new List<double>(examples * Pixels);
        var labels = new List<long>(examples);
        try
        {
            using var stream = file is null ? typeof(Digits).Assembly.GetManifestResourceStream("digits.csv.gz")! : File.OpenRead(file);
            foreach (var line in StrictCsv.Read(GzipFile.Unpack(stream, name, LargestFile), name).Take(examples))
            {
                ReadLine(line, pixels, labels);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{name} does not exist; leave `file` out to use the built-in digits", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{name} cannot be read: {e.Message}", e);
        }

        return labels.Count < examples
            ? throw new InputException($"{name} has {labels.Count} rows; examples asks for {examples}")
            : new DataSet(tensor(pixels.ToArray()).view(examples, Pixels) / Brightest, tensor(labels.ToArray()), Classes);
    }

    private static void ReadLine(CsvLine line, List<double> pixels, List<long> labels)
    {
        if (line.Fields.Count != Pixels + 1)
        {
            throw line.Error($"expected {Pixels} pixels and a class, found {line.Fields.Count} values");
        }

        for (var i = 0; i < Pixels; i++)
        {
            pixels.Add(Whole(line, i, $"pixel {i + 1}", Brightest));
        }

        labels.Add(Whole(line, Pixels, "the class", Classes - 1));
    }

    private static int Whole(CsvLine line, int column, string name, int highest) =>
        int.TryParse(line.Fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= highest
            ? value
            : throw line.Error($"{name} must be a whole number from 0 to {highest}, but is \"{line.Fields[column]}\"");
}
