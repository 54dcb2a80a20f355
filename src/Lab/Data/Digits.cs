using System.Globalization;
using CsvHelper;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>
/// The UCI handwritten digits: 1,797 images of 8 × 8 pixels with values 0…16, and their class. The file is gzipped CSV without a
/// header, 64 pixels and the class per row.
/// </summary>
internal static class Digits
{
    private const int Pixels = 64, Classes = 10, Brightest = 16, LargestFile = 1 << 20;

    private static readonly CsvReaderOptions Format = new() { Separator = ',', HasHeader = false };

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
            using var csv = CsvReader.Create(GzipFile.Unpack(stream, name, LargestFile), Format);
            while (labels.Count < examples && csv.Read())
            {
                ReadRow(csv, name, pixels, labels);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{name} does not exist; leave `file` out to use the built-in digits", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CsvFormatException)
        {
            throw new InputException($"{name}, row {labels.Count + 1}: {e.Message}", e);
        }

        return labels.Count < examples
            ? throw new InputException($"{name} has {labels.Count} rows; examples asks for {examples}")
            : new DataSet(tensor(pixels.ToArray()).view(examples, Pixels) / Brightest, tensor(labels.ToArray()), Classes);
    }

    private static void ReadRow(CsvReader csv, string name, List<double> pixels, List<long> labels)
    {
        var row = labels.Count + 1;
        if (csv.FieldCount != Pixels + 1)
        {
            throw new InputException($"{name}, row {row}: expected {Pixels} pixels and a class, found {csv.FieldCount} values");
        }

        for (var i = 0; i <= Pixels; i++)
        {
            var highest = i < Pixels ? Brightest : Classes - 1;
            if (!int.TryParse(csv.GetString(i), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) || value < 0 || value > highest)
            {
                throw new InputException($"{name}, row {row}: {(i < Pixels ? $"pixel {i + 1}" : "the class")} must be a whole number from 0 to {highest}, but is \"{csv.GetString(i)}\"");
            }

            if (i < Pixels)
            {
                pixels.Add(value);
            }
            else
            {
                labels.Add(value);
            }
        }
    }
}
